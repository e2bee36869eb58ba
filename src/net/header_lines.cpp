#include <new>

#include <curl/curl.h>
#include <string.h>

#include "bulkdrop/net/pool.hpp"

namespace bulkdrop::net {

HeaderLines::HeaderLines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    curl_slist* longer = ::curl_slist_append(list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list_ = longer;
  }
}

HeaderLines::~HeaderLines() {
  for (curl_slist* line = list_; line != nullptr; line = line->next)
    ::explicit_bzero(line->data, ::strlen(line->data));
  ::curl_slist_free_all(list_);
}

std::vector<std::string> HeaderLines::lines() const {
  std::vector<std::string> lines;
  for (const curl_slist* line = list_; line != nullptr; line = line->next) lines.emplace_back(line->data);
  return lines;
}

}  // namespace bulkdrop::net
