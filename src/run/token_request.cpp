#include "bulkdrop/run/token_request.hpp"

#include <memory>
#include <vector>

#include "bulkdrop/core/secret.hpp"

namespace bulkdrop::run {

void send_token_request(net::Pool& pool, pam::Credentials& credentials, const std::string& url,
                        std::uint64_t ticket) {
  auto form = credentials.form();
  std::vector<std::string> lines = {"Accept: application/json"};
  if (!form.basic_header.empty()) lines.push_back(form.basic_header);
  net::Request request;
  request.ticket = ticket;
  request.method = net::Method::post;
  request.url = url.c_str();
  request.headers = std::make_shared<const net::HeaderLines>(lines);
  request.body = form.body;
  pool.start(request);
  credentials.sent();
  wipe(form.body);
  wipe(form.basic_header);
  for (std::string& line : lines) wipe(line);
}

}  // namespace bulkdrop::run
