// Text from outside, made fit for where it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkdrop {

bool is_valid_utf8(std::string_view text);

// `text` itself if it is UTF-8; otherwise every byte that is not part of a valid sequence is read as
// Windows-1252 (what spreadsheets on older Windows write), so that the result is always UTF-8.
std::string to_utf8(std::string_view text);

// At most `limit` bytes, cut at a character boundary, with `…` where something was cut.
std::string shortened(std::string_view text, std::size_t limit);

// Safe on a terminal and in a log line: control characters (C0, DEL, C1, bidirectional overrides) and bytes
// that are not UTF-8 become `\xNN` or `\u{NNNN}`; line breaks become `\n`.
std::string printable(std::string_view text);

// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 are read as Windows-1252.
void append_json_string(std::string& out, std::string_view text);

// Appends one CSV field (RFC 4180). With `formula_safe`, a field that a spreadsheet would run as a formula
// (two characters or more, the first one = + - @ tab or CR) gets a leading apostrophe, which the CSV reader
// takes off again from an ID.
void append_csv_field(std::string& out, std::string_view text, char delimiter = ',',
                      bool formula_safe = true);

std::string_view trimmed(std::string_view text);  // ASCII white space and NBSP off both ends
std::string lower_ascii(std::string_view text);

// For comparing words that people wrote: lower case, Latin accents off (`Sessão` and `SESSAO` become
// `sessao`, whether the accent is precomposed or combining). Other characters stay.
std::string folded(std::string_view text);

// `label: text`, or the label alone if there is no text.
std::string labelled(std::string_view label, std::string_view text);

// 1234567 as `1,234,567`, for people.
std::string grouped(std::uint64_t number);

}  // namespace bulkdrop
