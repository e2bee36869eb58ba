// One HTTP request as the sandbox needs it, and the parser that fills it without allocating: the strings keep
// their capacity from request to request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

namespace bulkdrop::sandbox {

struct Request {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  std::string method_name;
  std::string target;  // as sent
  std::string host;
  std::string authorization;
  std::string content_type;
  std::string forwarded_proto;
  std::string body;
  unsigned hosts = 0;  // Host fields seen
  bool has_authorization = false;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;

  void clear();
  // The target without scheme and authority (a request in absolute form, RFC 9112 §3.2.2), up to the `?`.
  [[nodiscard]] std::string_view path() const;
  [[nodiscard]] std::string_view query() const;  // after the `?`
  [[nodiscard]] bool is_form() const;            // application/x-www-form-urlencoded
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  static constexpr std::uint32_t kMaxHeader = 16 * 1024;
  static constexpr std::uint64_t kMaxBody = 64 * 1024;

  // `request` must outlive the parser.
  explicit RequestParser(Request& request);

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb method, View method_name, View target, int version,
                       ErrorCode& error) override;
  void on_response_impl(int code, View reason, int version, ErrorCode& error) override;
  void on_field_impl(boost::beast::http::field field, View name, View value, ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& error) override;
  std::size_t on_body_impl(View body, ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, View body, ErrorCode& error) override;
  void on_finish_impl(ErrorCode& error) override;

  Request& request_;
};

}  // namespace bulkdrop::sandbox
