#include "bulkdrop/sandbox/request.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {
namespace {

namespace http = boost::beast::http;

void assign(std::string& to, boost::beast::string_view from) {
  to.assign(from.data(), from.size());
}

// Whether a comma-separated list names `token` (in lower case).
bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const std::string_view item = value.substr(0, value.find(','));
    if (lower_ascii(trimmed(item)) == token) return true;
    value.remove_prefix(item.size() < value.size() ? item.size() + 1 : item.size());
  }
  return false;
}

}  // namespace

void Request::clear() {
  method = http::verb::unknown;
  for (std::string* text :
       {&method_name, &target, &host, &authorization, &content_type, &forwarded_proto, &body})
    text->clear();
  hosts = 0;
  has_authorization = false;
  http_1_0 = false;
  keep_alive = true;
  expects_continue = false;
}

std::string_view Request::path() const {
  std::string_view view = target;
  view = view.substr(0, view.find('?'));
  if (!view.starts_with('/')) {
    const std::size_t scheme = view.find("://");
    if (scheme == std::string_view::npos) return view;
    const std::size_t slash = view.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view("/") : view.substr(slash);
  }
  return view;
}

std::string_view Request::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

bool Request::is_form() const {
  const std::string_view type = std::string_view(content_type).substr(0, content_type.find(';'));
  return lower_ascii(trimmed(type)) == "application/x-www-form-urlencoded";
}

RequestParser::RequestParser(Request& request) : request_(request) {
  request_.clear();
  eager(true);
  header_limit(kMaxHeader);
  body_limit(kMaxBody);
}

void RequestParser::on_request_impl(http::verb method, View method_name, View target, int version,
                                    ErrorCode&) {
  request_.method = method;
  assign(request_.method_name, method_name);
  assign(request_.target, target);
  request_.http_1_0 = version < 11;
  request_.keep_alive = !request_.http_1_0;
}

void RequestParser::on_field_impl(http::field field, View name, View value, ErrorCode&) {
  switch (field) {
    case http::field::host:
      ++request_.hosts;
      assign(request_.host, value);
      break;
    case http::field::authorization:
      request_.has_authorization = true;
      assign(request_.authorization, value);
      break;
    case http::field::content_type:
      assign(request_.content_type, value);
      break;
    case http::field::connection: {
      const std::string_view text(value.data(), value.size());
      if (lists(text, "close"))
        request_.keep_alive = false;
      else if (request_.http_1_0 && lists(text, "keep-alive"))
        request_.keep_alive = true;
      break;
    }
    case http::field::expect:
      request_.expects_continue =
          !request_.http_1_0 && lower_ascii(std::string_view(value.data(), value.size())) == "100-continue";
      break;
    default:
      if (boost::beast::iequals(name, "X-Forwarded-Proto")) assign(request_.forwarded_proto, value);
      break;
  }
}

void RequestParser::on_header_impl(ErrorCode& error) {
  // RFC 9112 §3.2: exactly one Host in HTTP/1.1.
  if (request_.hosts > 1 || (request_.hosts == 0 && !request_.http_1_0)) error = http::error::bad_field;
}

std::size_t RequestParser::on_body_impl(View body, ErrorCode&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

void RequestParser::on_response_impl(int, View, int, ErrorCode&) {}
void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) {}
void RequestParser::on_chunk_header_impl(std::uint64_t, View, ErrorCode&) {}
void RequestParser::on_finish_impl(ErrorCode&) {}

}  // namespace bulkdrop::sandbox
