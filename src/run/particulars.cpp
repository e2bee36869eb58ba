#include "bulkdrop/run/particulars.hpp"

#include <algorithm>

#include <simdjson.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/csv_record.hpp"
#include "bulkdrop/input/field_names.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {
namespace {

using namespace std::string_view_literals;
using report::Particulars;
using Member = Particular;

struct KnownName {
  std::string_view name;  // folded (input::fold_name)
  Member member;
};

constexpr auto kKnownNames = std::to_array<KnownName>({
    {"user"sv, &Particulars::user},
    {"username"sv, &Particulars::user},
    {"userlogin"sv, &Particulars::user},
    {"login"sv, &Particulars::user},
    {"suser"sv, &Particulars::user},
    {"srcuser"sv, &Particulars::user},
    {"usuario"sv, &Particulars::user},
    {"nomeusuario"sv, &Particulars::user},
    {"nomedousuario"sv, &Particulars::user},
    {"nomedeusuario"sv, &Particulars::user},
    {"nombredeusuario"sv, &Particulars::user},
    {"credential"sv, &Particulars::credential},
    {"credentialname"sv, &Particulars::credential},
    {"credencial"sv, &Particulars::credential},
    {"duser"sv, &Particulars::credential},
    {"targetuser"sv, &Particulars::credential},
    {"device"sv, &Particulars::device},
    {"devicename"sv, &Particulars::device},
    {"dispositivo"sv, &Particulars::device},
    {"equipamento"sv, &Particulars::device},
    {"equipo"sv, &Particulars::device},
    {"host"sv, &Particulars::device},
    {"hostname"sv, &Particulars::device},
    {"devicehostname"sv, &Particulars::device},
    {"dhost"sv, &Particulars::device},
    {"targethost"sv, &Particulars::device},
    {"origin"sv, &Particulars::origin},
    {"originip"sv, &Particulars::origin},
    {"sourceip"sv, &Particulars::origin},
    {"clientip"sv, &Particulars::origin},
    {"src"sv, &Particulars::origin},
    {"srcip"sv, &Particulars::origin},
    {"origem"sv, &Particulars::origin},
    {"iporigem"sv, &Particulars::origin},
    {"ipdeorigem"sv, &Particulars::origin},
    {"origen"sv, &Particulars::origin},
    {"iporigen"sv, &Particulars::origin},
    {"ipdeorigen"sv, &Particulars::origin},
    {"protocol"sv, &Particulars::protocol},
    {"protocolo"sv, &Particulars::protocol},
    {"start"sv, &Particulars::start},
    {"started"sv, &Particulars::start},
    {"startedat"sv, &Particulars::start},
    {"starttime"sv, &Particulars::start},
    {"startdate"sv, &Particulars::start},
    {"eventstart"sv, &Particulars::start},
    {"inicio"sv, &Particulars::start},
    {"datainicio"sv, &Particulars::start},
    {"datadeinicio"sv, &Particulars::start},
    {"end"sv, &Particulars::end},
    {"ended"sv, &Particulars::end},
    {"endedat"sv, &Particulars::end},
    {"endtime"sv, &Particulars::end},
    {"enddate"sv, &Particulars::end},
    {"fim"sv, &Particulars::end},
    {"datafim"sv, &Particulars::end},
    {"datadefim"sv, &Particulars::end},
    {"fin"sv, &Particulars::end},
    {"fechafin"sv, &Particulars::end},
    {"fechadefin"sv, &Particulars::end},
    {"fechainicio"sv, &Particulars::start},
    {"fechadeinicio"sv, &Particulars::start},
});
constexpr std::size_t kLongestName = 64;  // bytes; no known name is nearly as long, whatever its accents
constexpr std::size_t kMostOriginalBytes = 500;

// The first of a kind counts.
void set(Particulars& particulars, Member member, std::string_view value) {
  if (member != nullptr && (particulars.*member).empty()) particulars.*member = trimmed(value);
}

// Records have the same members in the same order: what the nth name meant the last time.
class MemberOrder {
 public:
  void restart() { next_ = 0; }
  Member called(std::string_view parent, std::string_view name) {
    const std::size_t place = next_++;
    if (place < known_.size() && known_[place].name == name && known_[place].parent == parent)
      return known_[place].member;
    const Member member = particular_called(parent, name);
    constexpr std::size_t kMostKnown = 64;
    constexpr std::size_t kMostBytes = 1024;
    if (parent.size() + name.size() > kMostBytes) return member;
    if (place == known_.size() && place < kMostKnown) known_.emplace_back();
    if (place < known_.size()) known_[place] = {std::string(parent), std::string(name), member};
    return member;
  }

 private:
  struct Known {
    std::string parent;
    std::string name;
    Member member = nullptr;
  };
  std::vector<Known> known_;
  std::size_t next_ = 0;
};

void read_object(const simdjson::dom::object& object, std::string_view parent, int depth, MemberOrder& order,
                 Particulars& particulars) {
  for (const auto& [key, value] : object) {
    if (value.is_object()) {
      if (depth < kDeepestParticulars)
        read_object(value.get_object().value(), key, depth + 1, order, particulars);
      continue;
    }
    const Member member = order.called(parent, key);
    if (member == nullptr) continue;
    if (value.is_string()) {
      set(particulars, member, value.get_string().value());
    } else if (value.is_number()) {
      set(particulars, member, simdjson::minify(value));
    }
  }
}

bool is_empty(const Particulars& particulars) {
  return std::all_of(kKnownNames.begin(), kKnownNames.end(), [&](const KnownName& known) {
    return known.member == &Particulars::end || (particulars.*known.member).empty();
  });
}

}  // namespace

Particular particular_called(std::string_view name) {
  if (name.size() > kLongestName) return nullptr;
  const std::string folded = input::fold_name(name);
  const auto known = std::find_if(kKnownNames.begin(), kKnownNames.end(),
                                  [&](const KnownName& entry) { return entry.name == folded; });
  return known == kKnownNames.end() ? nullptr : known->member;
}

Particular particular_called(std::string_view parent, std::string_view name) {
  const Particular member = particular_called(name);
  return member != nullptr || parent.empty() ? member : particular_called(std::string(parent).append(name));
}

struct ParticularsReader::Impl {
  // For each source, what each of its columns says; null: nothing of this.
  std::vector<std::vector<Member>> columns;
  simdjson::dom::parser parser;
  MemberOrder order;

  // `padded`: 64 more bytes behind the text can be read, so that it need not be copied.
  void read_json(std::string_view text, bool padded, Particulars& particulars) {
    simdjson::dom::object object;
    order.restart();
    if (parser.parse(text.data(), text.size(), !padded).get(object) == simdjson::SUCCESS)
      read_object(object, {}, 1, order, particulars);
  }
  void read_csv(std::uint32_t source, std::string_view text, char delimiter, Particulars& particulars) const;
};

// Cuts only as far as something is known of the columns, and at no cost to speak of where there are no
// quotes.
void ParticularsReader::Impl::read_csv(std::uint32_t source, std::string_view text, char delimiter,
                                       Particulars& particulars) const {
  const std::vector<Member>& members = columns[source];
  if (text.find('"') != std::string_view::npos) {
    const std::vector<std::string> fields = input::split_csv(text, delimiter);
    for (std::size_t i = 0; i < std::min(members.size(), fields.size()); ++i)
      set(particulars, members[i], fields[i]);
    return;
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::size_t end = std::min(text.find(delimiter), text.size());
    if (members[i] != nullptr) set(particulars, members[i], to_utf8(text.substr(0, end)));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

ParticularsReader::ParticularsReader(const std::vector<input::SourceInfo>& sources)
    : impl_(std::make_unique<Impl>()) {
  for (const input::SourceInfo& source : sources) add_source(source);
}

void ParticularsReader::add_source(const input::SourceInfo& source) {
  auto& members = impl_->columns.emplace_back();
  for (const std::string& column : source.columns) members.push_back(particular_called(column));
  while (!members.empty() && members.back() == nullptr) members.pop_back();
}

ParticularsReader::~ParticularsReader() = default;

Particulars ParticularsReader::of(const Row& row, const std::vector<input::SourceInfo>& sources,
                                  Particulars known) {
  while (impl_->columns.size() <= row.source) add_source(sources[impl_->columns.size()]);
  const input::SourceInfo& source = sources[row.source];
  if (source.format == input::Format::csv)
    impl_->read_csv(row.source, row.text, source.delimiter, known);
  else if (trimmed(row.text).starts_with('{'))
    impl_->read_json(row.text, true, known);
  return known;
}

Particulars ParticularsReader::of(const Row& row, const Result& result, const Original& original) {
  Particulars particulars;
  if (result.reason == Reason::still_alive) particulars = listed_particulars(result.message);
  const auto& members = impl_->columns.at(row.source);
  for (std::size_t i = 0; i < std::min(members.size(), original.fields.size()); ++i)
    set(particulars, members[i], original.fields[i]);
  if (original.fields.empty() && original.text && trimmed(*original.text).starts_with('{'))
    impl_->read_json(*original.text, false, particulars);
  // What else would tell whose session it is, or which row is to be corrected.
  if (is_empty(particulars) && original.text && trimmed(*original.text) != row.session_id)
    particulars.original = trimmed(original.text->substr(0, kMostOriginalBytes));
  return particulars;
}

}  // namespace bulkdrop::run
