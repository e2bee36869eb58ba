// Lists of records inside a JSON record: what to say of them. Not for headers, as json_members.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "bulkdrop/input/id_rules.hpp"

namespace bulkdrop::input {

// RFC 6901 §3: a key as a step of a pointer, and a pointer's keys.
std::string pointer_step(std::string_view key);
std::vector<std::string> split_pointer(std::string_view pointer);

// The pointers to all that may be a field, those below the elements of a list once: `/sessions/*/id`.
std::vector<std::string> list_fields(const simdjson::dom::element& record);
// The pointer to the first ID in `record`, whatever it is called; empty if there is none.
std::string find_any_id(const simdjson::dom::element& record, const IdRules& rules);

// A list whose elements have an ID at one place.
struct RecordList {
  std::string jq;  // the filter that makes records of its elements: `.data.sessions[]`; empty: no such list
  std::string field;  // the pointer to an element's ID; empty: it is the ID
};

// The list that the pointer `steps` goes through, if elements of it besides the one it names have an ID
// there, too: then it names one session of many.
RecordList record_list(const simdjson::dom::element& record, const std::vector<std::string>& steps,
                       const IdRules& rules);
// The command that drops all of them, from the file `name`.
std::string command_for(const RecordList& list, const std::string& name);

}  // namespace bulkdrop::input
