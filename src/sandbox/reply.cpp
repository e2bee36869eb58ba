#include "bulkdrop/sandbox/reply.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <iterator>

#include <fmt/format.h>

namespace bulkdrop::sandbox {
namespace {

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), end);
}

}  // namespace

std::string_view DateText::at(WallTime now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != second_) {
    // RFC 9110 §5.6.7, which is English whatever the locale.
    constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto seconds = static_cast<std::time_t>(second);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    text_ = fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                        kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                        kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                        parts.tm_min, parts.tm_sec);
    second_ = second;
  }
  return text_;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

void append_head(std::string& out, int status, std::optional<std::size_t> length, const ReplyContext& context,
                 std::string_view content_type) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(status));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\nDate: ";
  out += context.date;
  out += "\r\nServer: bulkdrop-sandbox\r\nX-Request-Id: sandbox-";
  append_number(out, context.request_id, 16);
  if (!content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += content_type;
  }
  if (length) {
    out += "\r\nContent-Length: ";
    append_number(out, *length);
  }
  out += "\r\n";
  if (context.close) out += "Connection: close\r\n";
  if (context.keep_alive_line && !context.close) out += "Connection: keep-alive\r\n";
  out += context.extra;
  out += "\r\n";
}

void append_reply(std::string& out, int status, std::string_view body, const ReplyContext& context,
                  std::string_view content_type) {
  append_head(out, status, body.size(), context, content_type);
  if (!context.head_only) out += body;
}

void append_chunk(std::string& out, std::string_view data) {
  append_number(out, data.size(), 16);
  out += "\r\n";
  out += data;
  out += "\r\n";
}

}  // namespace bulkdrop::sandbox
