// Any answer to a drop: `dropped` only where a second reader of the contract, which shares no code with the
// first, says so, too.
#include "fuzz/target.hpp"
#include "pam/answers.hpp"
#include "pam/json_oracle.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  constexpr int kStatuses[] = {200, 500, 404, 401, 429, 503, 400, 403, 204, 302, 408, 0};
  const int status = kStatuses[bytes.setting(12)];
  constexpr int kSends[] = {1, 0, 2};
  const int sends = kSends[bytes.setting(3)];
  const unsigned error = bytes.setting(13);
  const std::string body(bytes.text());
  pam::test::Given given(body, status, sends);
  if (error > 0) given.failing(static_cast<TransportError>(error), body);
  given.with({{"Retry-After", body}, {"X-Request-Id", body}, {"Location", body}, {"Date", body}});

  pam::Judge judge;
  const Judgement judgement = judge.judge(given.get(), WallTime());
  if (judgement.verdict == Verdict::dropped) {
    fuzz::holds(status == 200 && sends == 1 && error == 0, "dropped by one whole answer with HTTP 200");
    fuzz::holds(pam::test::is_success_body(body), "dropped by what the contract calls a success", body);
    fuzz::holds(is_valid_utf8(judgement.message), "the message is text");
    return 0;
  }
  fuzz::holds(fuzz::is_for_people(judgement.message), "a message is for people", judgement.message);
  fuzz::holds(fuzz::is_for_people(judgement.request_id), "a request ID is for people", judgement.request_id);
  fuzz::holds(judgement.message.size() <= 500, "a message is short");
  fuzz::holds(judgement.doubt || sends < 2, "several requests leave doubt");
  fuzz::holds(judgement.reason != Reason::ok, "what is not dropped says why");
  // A second reading of the same bytes: the reader's memory of the first does not matter.
  const Judgement again = judge.judge(given.get(), WallTime());
  fuzz::holds(again.verdict == judgement.verdict && again.message == judgement.message, "the same again");
  return 0;
}
