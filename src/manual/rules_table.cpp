#include "bulkdrop/manual/rules_table.hpp"

#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/manual/roff.hpp"
#include "bulkdrop/pam/rules.hpp"

namespace bulkdrop::manual {
namespace {

std::string_view consequence(Verdict verdict) {
  switch (verdict) {
    case Verdict::dropped:
      return "dropped";
    case Verdict::refused:
      return "failed";
    case Verdict::drop_error:
      return "once more, then failed";
    case Verdict::not_sent:
      return "again, at no cost";
    case Verdict::throttled:
      return "again, later";
    case Verdict::overload:
      return "again, slower";
    case Verdict::untrusted:
      return "again";
    case Verdict::auth:
      return "again with a new login, then the run stops";
    default:
      return "the run stops";
  }
}

}  // namespace

std::string rules_table() {
  std::string table = ".TS\ntab(|);\nlbx lb lb\nlx l lw(23).\nWhat the answer is|reason|what follows\n_\n";
  for (const pam::Rule& rule : pam::rules())
    table += fmt::format("T{{\n{}\nT}}|{}|T{{\n{}{}\nT}}\n", prose(rule.seen), literal(name(rule.reason)),
                         prose(consequence(rule.verdict)), rule.doubt ? ", in doubt" : "");
  return table + ".TE\n";
}

}  // namespace bulkdrop::manual
