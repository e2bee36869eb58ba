#include "bulkdrop/sandbox/fault_shapes.hpp"

#include <array>
#include <cstddef>
#include <iterator>

#include <boost/crc.hpp>
#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/sandbox/authenticator.hpp"

namespace bulkdrop::sandbox {
namespace {

constexpr std::size_t kOversizePadding = 80 * 1024;  // well beyond the 64 KiB that a client has to read
constexpr std::size_t kDepth = 5000;

std::string random_bytes(std::uint64_t luck, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(mixed(luck, {}, i) & 255);
  return bytes;
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 255);
}

// A success whose parts are given as JSON text, to be wrong in one place each.
struct Parts {
  std::string_view status = "200";
  std::string_view error = "false";
  std::string_view twin_error = "false";
  std::string_view code = "0";
  std::string_view message = {};  // as JSON, empty: the usual one
  std::string_view detail = "\"\"";
  std::string_view beside = {};  // `,"name":value` next to `response`
};

std::string success_of(const Envelopes& envelopes, const Parts& parts) {
  std::string message(parts.message);
  if (message.empty()) append_json_string(message, envelopes.message(Message::dropped));
  return fmt::format(
      R"({{"code":200,"response":{{"status":{0},"message":{1},"error":{2},"error_code":{3},"detail":{4},)"
      R"("mensagem":{1},"erro":{5},"cod_erro":{3}}}{6}}})",
      parts.status, message, parts.error, parts.code, parts.detail, parts.twin_error, parts.beside);
}

std::string odd_success(FaultKind kind, const Envelopes& envelopes) {
  switch (kind) {
    case FaultKind::lie_flag:
      return success_of(envelopes, {.error = "true", .twin_error = "true"});
    case FaultKind::lie_twin:
      return success_of(envelopes, {.twin_error = "true"});
    case FaultKind::wrong_status:
      return success_of(envelopes, {.status = "500"});
    case FaultKind::duplicate_key:
      return success_of(envelopes, {.error = R"(false,"error":true)"});
    case FaultKind::string_numbers:
      return success_of(
          envelopes,
          {.status = R"("200")", .error = R"("false")", .twin_error = R"("false")", .code = R"("0")"});
    case FaultKind::bad_utf8:
      return success_of(envelopes, {.message = "\"Sess\xE3o interrompida \xC3\x28\""});
    case FaultKind::oversize: {
      const std::string padding = "\"" + std::string(kOversizePadding, 'x') + "\"";
      return success_of(envelopes, {.detail = padding});
    }
    default: {  // deep
      const std::string nest = R"(,"extra":)" + std::string(kDepth, '[') + std::string(kDepth, ']');
      return success_of(envelopes, {.beside = nest});
    }
  }
}

constexpr std::string_view kPage =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n"
    "<body><h1>Sign in</h1><p>Your session has expired.</p></body></html>\n";

}  // namespace

std::string gzipped(std::string_view body) {
  std::string out("\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\xFF", 10);
  std::string_view rest = body;
  do {  // RFC 1951 §3.2.4
    const std::string_view block = rest.substr(0, 0xFFFF);
    rest.remove_prefix(block.size());
    const auto size = static_cast<std::uint32_t>(block.size());
    out += rest.empty() ? '\x01' : '\x00';
    append_little_endian(out, size, 2);
    append_little_endian(out, ~size, 2);
    out += block;
  } while (!rest.empty());
  boost::crc_32_type crc;
  crc.process_bytes(body.data(), body.size());
  append_little_endian(out, crc.checksum(), 4);
  append_little_endian(out, static_cast<std::uint32_t>(body.size()), 4);
  return out;
}

Then append_faulty(std::string& out, FaultKind kind, const TrueAnswer& truth, const Envelopes& envelopes,
                   ReplyContext context, std::uint64_t luck) {
  const auto reply = [&](int status, std::string_view body, std::string_view content_type = kJson) {
    append_reply(out, status, body, context, content_type);
    return context.close ? Then::close : Then::go_on;
  };
  const auto error = [&](int status, Message message) {
    return reply(status, envelopes.error(status, message));
  };
  std::string extra(context.extra);
  const auto with_line = [&](std::string_view line) {
    extra += line;
    context.extra = extra;
  };

  switch (kind) {
    case FaultKind::drop_error:
      return reply(500, envelopes.drop_error());
    case FaultKind::unexpected:
      return error(500, Message::unexpected_error);
    case FaultKind::not_authorized:
      return error(500, Message::not_authorized);
    case FaultKind::not_found:
      return error(404, Message::resource_not_found);
    case FaultKind::no_route:
      return reply(404, gateway_body(kNoRoute));
    case FaultKind::unauthorized:
      return reply(401, gateway_body("Unauthorized"));
    case FaultKind::access_denied:
      return reply(401, access_denied_body());
    case FaultKind::invalid_signature:
      return error(401, Message::invalid_signature);
    case FaultKind::request_timeout:
      return error(408, Message::request_timed_out);
    case FaultKind::throttle:
      if (extra.find("Retry-After:") == std::string::npos) with_line("Retry-After: 1\r\n");
      return reply(429, gateway_body(kRateLimited));
    case FaultKind::bad_gateway:
      return reply(502, gateway_body("An invalid response was received from the upstream server"));
    case FaultKind::unavailable:
    case FaultKind::token_down:
      return reply(503, gateway_body("Service unavailable"));
    case FaultKind::gateway_timeout:
      return reply(504, gateway_body("The upstream server is timing out"));
    case FaultKind::html:
      return reply(200, kPage, "text/html; charset=UTF-8");
    case FaultKind::redirect:
      with_line("Location: /login\r\n");
      return reply(302, kPage, "text/html; charset=UTF-8");
    case FaultKind::invalid_client:
      return reply(401, invalid_client_body());
    case FaultKind::token_envelope:
      return error(401, Message::client_auth_failed);

    case FaultKind::truncate:
      append_head(out, truth.status, truth.body.size(), context);
      out += truth.body.substr(0, truth.body.size() / 2);
      return Then::close;
    case FaultKind::truncate_close:
      context.close = true;
      append_head(out, truth.status, std::nullopt, context);
      out += truth.body.substr(0, truth.body.size() / 2);
      return Then::close;
    case FaultKind::reset:
      return Then::reset;
    case FaultKind::stall:
      return Then::hold;
    case FaultKind::slow:
      return reply(truth.status, truth.body);
    case FaultKind::close_idle:
      reply(truth.status, truth.body);
      return Then::close;
    case FaultKind::not_http:
      out += random_bytes(luck, 64);
      return Then::close;

    case FaultKind::empty:
      return reply(200, {});
    case FaultKind::garbage:
      return reply(200, random_bytes(luck, 200));
    case FaultKind::no_content:  // RFC 9110 §15.3.5: no body, so no length either
      append_head(out, 204, std::nullopt, context, {});
      return context.close ? Then::close : Then::go_on;
    case FaultKind::partial:
      with_line(fmt::format("Content-Range: bytes 0-{0}/{1}\r\n", truth.body.size() - 1, truth.body.size()));
      return reply(206, truth.body);
    case FaultKind::created:
      return reply(201, envelopes.success(true));
    case FaultKind::hundred_continue:
      out += "HTTP/1.1 100 Continue\r\n\r\n";
      return reply(truth.status, truth.body);
    case FaultKind::chunked: {
      constexpr std::size_t kPiece = 40;
      with_line("Transfer-Encoding: chunked\r\n");
      append_head(out, truth.status, std::nullopt, context);
      for (std::size_t at = 0; at < truth.body.size(); at += kPiece)
        append_chunk(out, truth.body.substr(at, kPiece));
      append_chunk(out, {});
      return context.close ? Then::close : Then::go_on;
    }
    case FaultKind::compressed:
      with_line("Content-Encoding: gzip\r\n");
      return reply(truth.status, gzipped(truth.body));
    case FaultKind::mislabelled:
      with_line("Content-Encoding: gzip\r\n");
      return reply(truth.status, truth.body);

    case FaultKind::lie_flag:
    case FaultKind::lie_twin:
    case FaultKind::wrong_status:
    case FaultKind::duplicate_key:
    case FaultKind::string_numbers:
    case FaultKind::oversize:
    case FaultKind::bad_utf8:
    case FaultKind::deep:
      return reply(200, odd_success(kind, envelopes));
    case FaultKind::two_documents:
      return reply(truth.status, std::string(truth.body) + std::string(truth.body));
    case FaultKind::trailing_garbage:
      return reply(truth.status, std::string(truth.body) + "\n<!-- served by node 3 -->");
    case FaultKind::missing_brace:
      return reply(truth.status, truth.body.substr(0, truth.body.size() - 1));
    case FaultKind::bom:
      return reply(truth.status, "\xEF\xBB\xBF" + std::string(truth.body));
    case FaultKind::false_success:
      return reply(200, envelopes.success(true));
  }
  return Then::close;
}

}  // namespace bulkdrop::sandbox
