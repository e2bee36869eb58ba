#include "support/simulated_server.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace bulkdrop::test {
namespace {

constexpr std::string_view kSuccess =
    R"({"code":200,"response":{"status":200,"message":"ok","error":false,"error_code":0,"detail":"",)"
    R"("mensagem":"ok","erro":false,"cod_erro":0}})";

Reply says(int status, std::string_view body) {
  return {TransportError::none, 1, status, std::string(body)};
}

Reply breaks(TransportError error, int wire_sends = 1) {
  return {error, wire_sends};
}

Reply fails(std::string_view message, int status = 500) {
  return says(status,
              fmt::format(R"({{"response":{{"status":500,"message":"{0}","error":true,"error_code":1,)"
                          R"("detail":"","mensagem":"{0}","erro":true,"cod_erro":1}}}})",
                          message));
}

// False if it had ended before.
bool end(SimulatedServer::Session& session) {
  if (!session.alive) return false;
  session.alive = false;
  session.ended_by_us = true;
  return true;
}

bool executes(Deed deed) {
  return deed == Deed::executed_lost || deed == Deed::executed_silent || deed == Deed::executed_503 ||
         deed == Deed::executed_cut;
}

Reply reply_to(Deed deed) {
  switch (deed) {
    case Deed::drop:
      return says(200, kSuccess);
    case Deed::drop_error:
      return fails("An error occurred while droping session");
    case Deed::executed_lost:
    case Deed::lost:
      return breaks(TransportError::connection_lost);
    case Deed::executed_silent:
    case Deed::silent:
      return breaks(TransportError::timed_out);
    case Deed::throttled:
      return says(429, R"({"message":"API rate limit exceeded"})");
    case Deed::executed_503:
    case Deed::gateway_timeout:
      return says(504, R"({"message":"The upstream server is timing out"})");
    case Deed::unavailable:
      return says(503, R"({"message":"failure to get a peer from the ring-balancer"})");
    case Deed::unexpected:
      return fails("Unexpected error.");
    case Deed::garbage:
      return says(200, "<html><body>Welcome</body></html>");
    case Deed::executed_cut:
      return says(200, kSuccess.substr(0, kSuccess.size() - 1));
    case Deed::refused:
      return breaks(TransportError::connect_failed, 0);
    case Deed::no_resource:
      return fails("Resource sub not found", 404);
    case Deed::no_permission:
      return fails("You are not authorized to access this resource.");
    case Deed::bad_token:
      return says(401, R"({"message":"Unauthorized"})");
  }
  throw std::logic_error("a deed that the server does not know");
}

// Does the answer leave the client in doubt about the session?
bool leaves_doubt(Deed deed) {
  return executes(deed) || deed == Deed::lost || deed == Deed::silent || deed == Deed::unavailable ||
         deed == Deed::gateway_timeout || deed == Deed::unexpected || deed == Deed::garbage;
}

}  // namespace

Treatment SimulatedServer::arrive_drop(const Arrival& arrival) {
  Treatment treatment = drops->treat(arrival);
  if (treatment.deed != Deed::refused) {
    ++drop_requests;
    ++ledger.at(arrival.row).requests;
  }
  return treatment;
}

Treatment SimulatedServer::arrive_token(const Arrival& arrival) {
  Treatment treatment = tokens->treat(arrival);
  if (treatment.deed != Deed::refused) ++token_requests;
  return treatment;
}

Reply SimulatedServer::finish_drop(std::uint64_t row, const Treatment& treatment, std::uint64_t token,
                                   TimePoint now) {
  Session& session = ledger.at(row);
  Deed deed = treatment.deed;
  if (deed == Deed::drop) {
    if (!knows(token, now))
      deed = Deed::bad_token;
    else if (!end(session))
      deed = Deed::drop_error;
  }
  if (executes(deed)) end(session);
  if (leaves_doubt(deed)) session.doubt = true;
  Reply reply = reply_to(deed);
  reply.headers = treatment.headers;
  return reply;
}

Reply SimulatedServer::finish_token(const Treatment& treatment, TimePoint now) {
  switch (treatment.deed) {
    case Deed::drop:
      break;
    case Deed::refused:
      return breaks(TransportError::connect_failed, 0);
    case Deed::unavailable:
      return says(503, R"({"message":"name resolution failed"})");
    case Deed::bad_token:
      return says(
          401,
          R"({"error":"invalid_client","error_description":"x","message":"Client authentication failed"})");
    default:
      throw std::logic_error("a deed that a token request does not know");
  }
  token_issued_.push_back(now);
  return says(200, fmt::format(R"({{"token_type":"Bearer","expires_in":{},"access_token":"token-{}"}})",
                               std::chrono::duration_cast<std::chrono::seconds>(token_lifetime).count(),
                               token_issued_.size()));
}

void SimulatedServer::abandon_drop(std::uint64_t row, Random& random) {
  Session& session = ledger.at(row);
  session.doubt = true;
  if (random.uniform() < 0.5) end(session);
}

bool SimulatedServer::knows(std::uint64_t token, TimePoint now) const {
  return token > 0 && token <= token_issued_.size() && now - token_issued_[token - 1] < token_really;
}

}  // namespace bulkdrop::test
