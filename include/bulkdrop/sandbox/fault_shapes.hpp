// What each kind of fault looks like on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/sandbox/envelopes.hpp"
#include "bulkdrop/sandbox/faults.hpp"
#include "bulkdrop/sandbox/reply.hpp"

namespace bulkdrop::sandbox {

// The answer that a request without fault would have got.
struct TrueAnswer {
  int status;
  std::string_view body;
};

// Appends the faulty answer and says how the connection goes on. `luck` feeds the random bytes. For `slow`
// the answer is the true one: the delay is the caller's.
Then append_faulty(std::string& out, FaultKind kind, const TrueAnswer& truth, const Envelopes& envelopes,
                   ReplyContext context, std::uint64_t luck);

// `body` as a gzip file (RFC 1952) of stored blocks.
std::string gzipped(std::string_view body);

}  // namespace bulkdrop::sandbox
