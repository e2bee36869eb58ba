#include "bulkdrop/run/logins.hpp"

#include <algorithm>
#include <cstddef>

#include "bulkdrop/run/account.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/reports.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostKept = 20;

// The same file may be named in two ways.
std::string account_in(const record::RunRecord& run, const RecordedOptions& options) {
  return account_of(with_whole_names(options, run.directory));
}

Login last_login(const record::RunRecord& run, const record::JournalReader& journal) {
  return login_note(journal).value_or(Login{login_of(run.options), 0, {}});
}

// The accounts before another one logs in, that of `last` among them if it settled anything.
std::vector<std::string> accounts_until_now(const record::RunRecord& run,
                                            const record::JournalReader& journal, const Login& last) {
  std::vector<std::string> accounts = last.before;
  const auto& parts = journal.parts();
  const auto first = parts.begin() + static_cast<std::ptrdiff_t>(std::min(last.part, parts.size()));
  if (!std::any_of(first, parts.end(),
                   [](const record::Part& part) { return asks_for_rows(part) && part.settled_any; }))
    return accounts;
  const std::string account = account_in(run, last.options);
  std::erase(accounts, account);
  accounts.insert(accounts.begin(), account);
  if (accounts.size() > kMostKept) accounts.resize(kMostKept);
  return accounts;
}

}  // namespace

void note_login(const StoredRun& run, const RecordedOptions& login, record::Journal& journal, WallTime now) {
  const record::RunRecord& record = run.record();
  const RecordedOptions seen_from_there = as_typed(login, working_directory(), record.directory);
  if (seen_from_there == login_of(last_options(record, run.journal()))) return;
  const Login last = last_login(record, run.journal());
  journal.note(kLoginNote,
               login_json({seen_from_there, run.journal().parts().size(),
                           accounts_until_now(record, run.journal(), last)}),
               now);
}

std::vector<std::string> earlier_accounts(const record::RunRecord& run,
                                          const record::JournalReader& journal) {
  Login last = last_login(run, journal);
  std::erase(last.before, account_in(run, last.options));
  return last.before;
}

}  // namespace bulkdrop::run
