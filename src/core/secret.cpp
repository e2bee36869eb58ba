#include "bulkdrop/core/secret.hpp"

#include <cstring>

namespace bulkdrop {

void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string& text) : text_(text) {
  wipe(text);
}

// A short text lives inside the string object itself: moving copies it, so the source is wiped as well.
Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

}  // namespace bulkdrop
