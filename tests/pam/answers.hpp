// Answers as the server, its gateway, and things that are neither would give them.
#pragma once

#include <string>
#include <string_view>

#include "support/headers.hpp"
#include "support/printing.hpp"
#include <fmt/format.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/judge.hpp"

namespace bulkdrop::pam::test {

using bulkdrop::test::Headers;

// The documented success, as one line.
inline constexpr std::string_view kSuccess =
    R"({"code":200,"response":{"status":200,"message":"Sessão interrompida com sucesso","error":false,)"
    R"("error_code":0,"detail":"","mensagem":"Sessão interrompida com sucesso","erro":false,"cod_erro":0}})";

// An error envelope with that sentence; twins included, no outer code, as documented.
inline std::string error_envelope(std::string_view sentence, int status = 500, int error_code = 1) {
  std::string text;
  append_json_string(text, sentence);
  return fmt::format(
      R"({{"response":{{"status":{0},"message":{1},"error":true,"error_code":{2},"detail":"","mensagem":{1},)"
      R"("erro":true,"cod_erro":{2}}}}})",
      status, text, error_code);
}

inline std::string success_with(std::string_view from, std::string_view to) {
  std::string body(kSuccess);
  const std::size_t at = body.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the success answer: " + std::string(from));
  return body.replace(at, from.size(), to);
}

// An answer and everything that its views point into.
class Given {
 public:
  explicit Given(std::string body, int http_status = 200, int wire_sends = 1)
      : size_(body.size()), text_(std::move(body)) {
    // What follows the body is not part of it: bytes that would complete a cut document.
    text_.append(kBodyPadding, '}');
    answer_.http_status = http_status;
    answer_.wire_sends = wire_sends;
  }
  Given& with(Headers headers) {
    headers_ = std::move(headers);
    has_headers_ = true;
    return *this;
  }
  Given& failing(TransportError error, std::string_view words = "") {
    answer_.error = error;
    answer_.error_text = words;
    return *this;
  }
  [[nodiscard]] const Answer& get() {
    answer_.body = std::string_view(text_).substr(0, size_);
    answer_.headers = has_headers_ ? &headers_ : nullptr;
    return answer_;
  }

 private:
  std::size_t size_;
  std::string text_;
  Headers headers_;
  bool has_headers_ = false;
  Answer answer_;
};

inline Judgement judged(Given given) {
  Judge judge;
  return judge.judge(given.get(), WallTime());
}
inline Judgement judged(std::string body, int http_status = 200, int wire_sends = 1) {
  return judged(Given(std::move(body), http_status, wire_sends));
}

}  // namespace bulkdrop::pam::test

// So that a failed comparison names what it saw.
namespace bulkdrop {
inline std::ostream& operator<<(std::ostream& out, Verdict verdict) {
  constexpr const char* kNames[] = {"dropped",  "refused",   "drop_error", "not_sent", "throttled",
                                    "overload", "untrusted", "auth",       "run_wide"};
  return out << kNames[static_cast<std::size_t>(verdict)];
}
}  // namespace bulkdrop
