// A client of the real pool against a server that follows a script.
#pragma once

#include "client.hpp"
#include "support/loopback.hpp"
#include "support/scripted_server.hpp"

namespace bulkdrop::net {

using namespace std::chrono_literals;
using bulkdrop::test::http_answer;
using bulkdrop::test::ScriptedServer;
using bulkdrop::test::unused_port;
using Connection = ScriptedServer::Connection;
using Arrived = ScriptedServer::Request;

}  // namespace bulkdrop::net
