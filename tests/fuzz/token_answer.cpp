// The token server's answer: a token is one that RFC 6750 allows, from an answer that is JSON, and nothing
// that is said about it holds the client's secret.
#include "fuzz/target.hpp"
#include "pam/answers.hpp"
#include "pam/json_oracle.hpp"
#include "pam/login.hpp"

using namespace bulkdrop;
using pam::test::kStart;

namespace {

constexpr std::string_view kSecret = "s3cret-of-the-client";

bool says_token(std::string_view body, std::string_view token) {
  const auto answer = pam::test::JsonOracle::parse(body);
  if (!answer) return false;
  for (const auto& [key, value] : answer->members)
    if (key == "access_token" && value.kind == pam::test::Json::Kind::string && value.text == token)
      return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  constexpr int kStatuses[] = {200, 400, 401, 500, 503, 429, 404, 403, 302};
  const int status = kStatuses[bytes.setting(9)];
  const bool basic = bytes.setting(2) == 1;
  const std::string body(bytes.text());
  auto credentials = pam::Credentials::client({"the-client", pam::test::secret(std::string(kSecret)), ""},
                                              std::chrono::minutes(10), 42);
  if (basic) {
    pam::test::Given refusal("", 401);
    credentials.sent();
    credentials.answered(refusal.get(), {kStart, WallTime()});
  }
  pam::test::Given given(body, status);
  given.with({{"Retry-After", body.substr(0, 40)}});
  credentials.sent();
  const auto stop = credentials.answered(given.get(), {kStart, WallTime()});

  std::string said = credentials.waiting_for();
  if (stop) said += stop->message;
  fuzz::holds(fuzz::is_for_people(said), "what is said is for people", said);
  fuzz::holds(said.find(kSecret) == std::string::npos, "the secret is not repeated", said);
  fuzz::holds(credentials.usable() || stop || credentials.wakes_at() < TimePoint::max(),
              "it goes on or stops");
  if (!credentials.usable()) return 0;
  fuzz::holds(status == 200 && !stop, "a token comes with HTTP 200");
  const std::string header = pam::test::header_of(credentials);
  constexpr std::string_view kStartOfHeader = "Authorization: Bearer ";
  fuzz::holds(header.starts_with(kStartOfHeader), "the header is one");
  const std::string_view token = std::string_view(header).substr(kStartOfHeader.size());
  const bool visible = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  fuzz::holds(!token.empty() && visible, "the token fits into a header field", token);
  fuzz::holds(says_token(body, token), "the answer says the token", body);
  fuzz::holds(!credentials.lifetime() || *credentials.lifetime() > Duration::zero(), "a token has a life");
  return 0;
}
