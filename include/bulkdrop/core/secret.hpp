// A secret in memory: never copied by accident, wiped after use.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace bulkdrop {

class Secret {
 public:
  Secret() = default;
  // Takes the text over; the caller's string is wiped.
  explicit Secret(std::string& text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

// Overwrites the whole capacity of `text` in a way that the compiler may not leave out, and empties it.
void wipe(std::string& text);

}  // namespace bulkdrop
