// The server's session list: however it comes, the same sessions or the same error; and what counts as read
// is JSON from its first byte to its last.
#include "bulkdrop/pam/session_list.hpp"

#include "fuzz/target.hpp"
#include "pam/json_oracle.hpp"
#include <fmt/format.h>

using namespace bulkdrop;

namespace {

struct Read {
  bool whole = false;
  std::uint64_t elements = 0;
  std::string told;
};

Read read(const std::vector<std::string_view>& pieces) {
  Read read;
  pam::SessionListReader reader([&](const pam::ListedSession& session) {
    for (const auto& text :
         {session.id, session.session_id, session.user, session.origin_ip, session.credential, session.device,
          session.protocol, session.proxy, session.start, session.end, session.time})
      read.told += text + '\n';
    if (pam::has_usable_id(session))
      fuzz::holds(session.session_id.find_first_of("/?#%& \r\n") == std::string::npos,
                  "an ID fits into a path");
    pam::liveness(session);
    pam::has_odd_end(session);
  });
  for (const std::string_view piece : pieces)
    if (!reader.feed(std::string(piece))) break;
  read.whole = reader.finish();
  read.elements = reader.sessions() + reader.unreadable();
  fuzz::holds(read.whole == reader.problem().empty(), "an error is named");
  fuzz::holds(fuzz::is_for_people(reader.problem()), "the problem is for people", reader.problem());
  // What was there instead is shown as far as it has come.
  const std::string_view problem = reader.problem();
  read.told += problem.substr(0, problem.find(", not: "));
  if (!problem.empty()) read.told += problem.substr(problem.rfind(" (byte "));
  read.told += fmt::format("{}{}{}", reader.unreadable(), reader.is_foreign(), reader.refusal());
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const unsigned seed = bytes.setting(256);
  std::string_view text = bytes.text();
  const Read whole = read({text});
  const Read pieces = read(fuzz::cut(text, 1 + seed));
  fuzz::holds(whole.told == pieces.told, "pieces say the same", whole.told + "\n--\n" + pieces.told);
  if (!whole.whole || !is_valid_utf8(text)) return 0;
  text.remove_prefix(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  const auto document = pam::test::JsonOracle::parse(text);
  fuzz::holds(document.has_value(), "a list that counts as read is JSON", text);
  if (document->kind == pam::test::Json::Kind::array)
    fuzz::holds(document->items.size() == whole.elements, "every element of the list is counted");
  for (const auto& [key, value] : document->members)
    if (key == "remote_sessions")
      fuzz::holds(value.items.size() == whole.elements, "every element of the list is counted");
  return 0;
}
