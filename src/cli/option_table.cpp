#include "bulkdrop/cli/option_table.hpp"

#include <array>
#include <cstddef>

namespace bulkdrop::cli {
namespace {

constexpr std::string_view kTarget = "Target and authentication";
constexpr std::string_view kInput = "Input";
constexpr std::string_view kSafety = "Safety";
constexpr std::string_view kPace = "Pace";
constexpr std::string_view kFilters = "Which sessions";
constexpr std::string_view kOutput = "Output";

constexpr bool kRare = true;

// Every command that talks to the server has these.
constexpr std::array kServerOptions = {
    OptionSpec{"url", 0, Kind::value, "URL", kTarget, "base URL of the PAM server; may carry a path prefix",
               ""},
    OptionSpec{"api", 0, Kind::value, "v4|v3", kTarget,
               "which paths: v4 (also v3.33), or v3 (v3.32 and before)", "v4"},
    OptionSpec{"token-path", 0, Kind::value, "P", kTarget,
               "path of the token endpoint, where a gateway moved it", "", kRare},
    OptionSpec{"client-id", 0, Kind::value, "S", kTarget, "OAuth 2.0 client credentials: the client", ""},
    OptionSpec{"client-secret-file", 0, Kind::value, "F", kTarget,
               "… and its secret (or $BULKDROP_CLIENT_SECRET)", ""},
    OptionSpec{"token-file", 0, Kind::value, "F", kTarget,
               "a ready bearer token instead (or $BULKDROP_TOKEN)", ""},
    OptionSpec{"consumer-key", 0, Kind::value, "S", kTarget, "OAuth 1.0a, HMAC-SHA1, instead: the consumer",
               "", kRare},
    OptionSpec{"consumer-secret-file", 0, Kind::value, "F", kTarget,
               "… and its secret (or $BULKDROP_CONSUMER_SECRET)", "", kRare},
    OptionSpec{"oauth-token", 0, Kind::value, "S", kTarget, "… its token", "", kRare},
    OptionSpec{"oauth-token-secret-file", 0, Kind::value, "F", kTarget,
               "… and the token's secret (or $BULKDROP_OAUTH_TOKEN_SECRET)", "", kRare},
    OptionSpec{"tenant", 0, Kind::value, "NAME", kTarget, "multi-tenant servers: sent with the token request",
               "", kRare},
    OptionSpec{"cacert", 0, Kind::value, "F", kTarget, "certificate authorities to trust, PEM", ""},
    OptionSpec{"cert", 0, Kind::value, "F", kTarget, "client certificate, PEM", "", kRare},
    OptionSpec{"key", 0, Kind::value, "F", kTarget, "its private key, PEM", "", kRare},
    OptionSpec{"pinned-pubkey", 0, Kind::value, "H", kTarget,
               "the server's public key: sha256//HASH or a file", "", kRare},
    OptionSpec{"resolve", 0, Kind::list, "H:P:ADDR", kTarget, "use this address for host H and port P", "",
               kRare},
    OptionSpec{"allow-http", 0, Kind::flag, "", kTarget, "allow http:// to a host that is not loopback", "",
               kRare},
    OptionSpec{"connect-timeout", 0, Kind::value, "D", kTarget, "longest time for connecting", "5s", kRare},
};

constexpr std::array kProxyOption = {
    OptionSpec{"proxy", 0, Kind::value, "URL", kTarget,
               "go through this proxy; the environment's are ignored", "", kRare},
};

constexpr std::array kListPathOption = {
    OptionSpec{"list-path", 0, Kind::value, "P", kTarget,
               "path of the session list, where a gateway moved it", "", kRare},
};

// Commands that send DELETE requests.
constexpr std::array kSendOptions = {
    OptionSpec{"timeout", 0, Kind::value, "D", kTarget, "longest time for one attempt", "30s", kRare},
    OptionSpec{"drop-path", 0, Kind::value, "P", kTarget, "path in front of the ID, where a gateway moved it",
               "", kRare},
};

constexpr std::array kInputOptions = {
    OptionSpec{"format", 0, Kind::value, "auto|csv|jsonl|json|text", kInput, "what the input is", "auto",
               kRare},
    OptionSpec{"field", 0, Kind::value, "NAME", kInput,
               "where the ID is: CSV column or number, JSON key or /pointer", ""},
    OptionSpec{"match", 0, Kind::value, "REGEX", kInput,
               "any log text: group 1 of each matching line is the ID", ""},
    OptionSpec{"delimiter", 0, Kind::value, "C", kInput, "CSV delimiter; `tab` for a tab", "found", kRare},
    OptionSpec{"id-pattern", 0, Kind::value, "REGEX", kInput, "what an ID looks like", "32 to 128 hex digits",
               kRare},
    OptionSpec{"protect", 0, Kind::list, "FILE", kInput, "IDs that must never be dropped; repeatable", ""},
    OptionSpec{"stream", 0, Kind::flag, "", kInput, "drop each ID as soon as its line is complete", ""},
    OptionSpec{"rotate", 0, Kind::value, "D", kInput,
               "with --stream: a new run directory, in --out, at the first quiet moment after D", "", kRare},
    OptionSpec{"shard", 0, Kind::value, "I/N", kInput,
               "take only the I-th of N disjoint parts of the input: for N processes", "", kRare},
};

constexpr std::array kDryRunOption = {
    OptionSpec{"dry-run", 0, Kind::flag, "", kSafety, "read, check and count everything; open no connection",
               ""},
};

constexpr std::array kPlanOptions = {
    OptionSpec{"save-plan", 0, Kind::value, "F", kSafety, "with --dry-run: write down what would be done", "",
               kRare},
    OptionSpec{"plan", 0, Kind::value, "F", kSafety, "do what was written down there, and nothing else", "",
               kRare},
};

constexpr std::array kRetryOption = {
    OptionSpec{"retry", 0, Kind::value, "failed,unknown", kInput,
               "send these again, too; what was never sent, or left no trace, always is", ""},
};

constexpr std::array kConsentOptions = {
    OptionSpec{"yes", 0, Kind::flag, "", kSafety, "do not ask", ""},
    OptionSpec{"confirm", 0, Kind::value, "N", kSafety,
               "as --yes, but only if exactly N sessions would be dropped", ""},
    OptionSpec{"max-sessions", 0, Kind::value, "N", kSafety, "more than N: drop nothing", ""},
    OptionSpec{"max-failures", 0, Kind::value, "N|N%", kSafety,
               "stop when so many failed or are unknown; N%: of all sessions", ""},
    OptionSpec{"deadline", 0, Kind::value, "D", kSafety, "stop beginning new requests after D", ""},
    OptionSpec{"canary", 0, Kind::value, "N", kSafety,
               "the first N go one at a time and must be answered well", "1", kRare},
};

constexpr std::array kPaceOptions = {
    OptionSpec{"concurrency", 0, Kind::value, "N", kPace, "most requests in flight; adapts below it", "32"},
    OptionSpec{"fixed-concurrency", 0, Kind::flag, "", kPace, "do not adapt", "", kRare},
    OptionSpec{"rate", 0, Kind::value, "N", kPace, "most requests a second; 0.5 is legal", "unlimited"},
    OptionSpec{"http", 0, Kind::value, "1.1|2", kPace,
               "protocol over TLS; 2 = many requests over few connections, if the server can", "1.1", kRare},
    OptionSpec{"attempts", 0, Kind::value, "N", kPace, "most requests on the wire for one session", "5",
               kRare},
    OptionSpec{"outage", 0, Kind::value, "D", kPace, "how long the server may be away before the run stops",
               "10m; 1m for one that never answered", kRare},
};

constexpr std::array kOutOption = {
    OptionSpec{"out", 0, Kind::value, "DIR", kOutput, "run directory; must be new or empty",
               "bulkdrop-<time>-<id>"},
};

constexpr std::array kMergedOutOption = {
    OptionSpec{"out", 0, Kind::value, "DIR", kOutput,
               "where the merged report of several runs goes; must be new or empty", ""},
};

constexpr std::array kVerifyOption = {
    OptionSpec{"verify", 0, Kind::flag, "", kOutput,
               "after the drops, hold the outcome against the session list", ""},
};

constexpr std::array kWatchOptions = {
    OptionSpec{"watch", 0, Kind::value, "D", kOutput,
               "verify, then list for D: who opened a new session after losing one", ""},
    OptionSpec{"server-tz", 0, Kind::value, "ZONE", kOutput,
               "with --watch: the zone of the server's clock, as America/Sao_Paulo", "this machine's", kRare},
};

constexpr std::array kReasonOption = {
    OptionSpec{"reason", 0, Kind::value, "TEXT", kOutput,
               "ticket or reason, recorded in the run and the reports", ""},
};

constexpr std::array kJsonOption = {
    OptionSpec{"json", 0, Kind::flag, "", kOutput, "print the summary as JSON on standard output", ""},
};

constexpr std::array kMetricsOption = {
    OptionSpec{"metrics", 0, Kind::value, "FILE", kOutput,
               "for Prometheus: a file for node_exporter's textfile collector", ""},
};

constexpr std::array kProgressOptions = {
    OptionSpec{"progress", 0, Kind::value, "auto|always|never", kOutput,
               "live line or log lines; SIGUSR1 prints one", "auto", kRare},
    OptionSpec{"verbose", 'v', Kind::flag, "", kOutput, "log every failed attempt", "", kRare},
};

// Commands that end with a summary.
constexpr std::array kSummaryOptions = {
    OptionSpec{"quiet", 'q', Kind::flag, "", kOutput, "only errors, the summary, and what may be a slip", "",
               kRare},
    OptionSpec{"log-format", 0, Kind::value, "text|json", kOutput, "of what goes to standard error", "text",
               kRare},
    OptionSpec{"config", 0, Kind::value, "F", kOutput, "options from a TOML file: long names as keys", "",
               kRare},
};

constexpr std::array kListOptions = {
    OptionSpec{"timeout", 0, Kind::value, "D", kTarget, "longest silence while the list comes", "10m", kRare},
    OptionSpec{"attempts", 0, Kind::value, "N", kTarget, "how often the list is asked for until it is whole",
               "5", kRare},

    OptionSpec{"active", 0, Kind::flag, "", kFilters, "only sessions that have no end yet", ""},
    OptionSpec{"user", 0, Kind::list, "P", kFilters, "only of this user; repeatable", ""},
    OptionSpec{"credential", 0, Kind::list, "P", kFilters, "only with this credential; repeatable", ""},
    OptionSpec{"device", 0, Kind::list, "P", kFilters,
               "only to this device; with its port as listed, or 'host:*'; repeatable", ""},
    OptionSpec{"origin-ip", 0, Kind::list, "P", kFilters, "only from this address; repeatable", ""},
    OptionSpec{"protocol", 0, Kind::list, "P", kFilters, "only of this protocol; repeatable", ""},
    OptionSpec{"session-proxy", 0, Kind::list, "P", kFilters,
               "only through this proxy of the PAM server, such as 'Web Proxy'; repeatable", ""},
    OptionSpec{"proxy", 0, Kind::list, "P", kFilters,
               "the same; a URL or host:port is a proxy to go through, as with drop", ""},
    OptionSpec{"older-than", 0, Kind::value, "D", kFilters, "only those that began longer ago", ""},
    OptionSpec{"started-before", 0, Kind::value, "T", kFilters, "only those that began before T", ""},
    OptionSpec{"started-after", 0, Kind::value, "T", kFilters, "only those that began at T or after", ""},
    OptionSpec{"server-tz", 0, Kind::value, "ZONE", kFilters,
               "the zone of the server's clock, as America/Sao_Paulo", "this machine's"},

    OptionSpec{"format", 0, Kind::value, "csv|jsonl", kOutput, "what is printed; drop reads both", "csv"},
    OptionSpec{"verbose", 'v', Kind::flag, "", kOutput, "log every request that failed", "", kRare},
    OptionSpec{"quiet", 'q', Kind::flag, "", kOutput, "only errors, and what may be a slip", "", kRare},
    OptionSpec{"log-format", 0, Kind::value, "text|json", kOutput, "of what goes to standard error", "text",
               kRare},
    OptionSpec{"config", 0, Kind::value, "F", kOutput, "options from a TOML file: long names as keys", "",
               kRare},
};

template <std::size_t... Sizes>
constexpr auto joined(const std::array<OptionSpec, Sizes>&... parts) {
  std::array<OptionSpec, (Sizes + ...)> all{};
  std::size_t size = 0;
  const auto append = [&](const auto& part) {
    for (const OptionSpec& option : part) all[size++] = option;
  };
  (append(parts), ...);
  return all;
}

constexpr std::array kCheckOptions = {
    OptionSpec{"timeout", 0, Kind::value, "D", kTarget, "longest time for one request", "30s", kRare},
    OptionSpec{"json", 0, Kind::flag, "", kOutput, "one JSON object on standard output", ""},
    OptionSpec{"verbose", 'v', Kind::flag, "", kOutput, "log every request", "", kRare},
    OptionSpec{"quiet", 'q', Kind::flag, "", kOutput, "only what is not well", "", kRare},
    OptionSpec{"config", 0, Kind::value, "F", kOutput, "options from a TOML file: long names as keys", "",
               kRare},
};

constexpr std::array kListTimeoutOption = {
    OptionSpec{"timeout", 0, Kind::value, "D", kTarget, "longest silence while the list comes", "10m", kRare},
};

constexpr std::array kVerboseOption = {
    OptionSpec{"verbose", 'v', Kind::flag, "", kOutput, "log every request that failed", "", kRare},
};

constexpr auto kDrop =
    joined(kServerOptions, kProxyOption, kListPathOption, kSendOptions, kInputOptions, kDryRunOption,
           kPlanOptions, kConsentOptions, kPaceOptions, kOutOption, kVerifyOption, kWatchOptions,
           kReasonOption, kJsonOption, kMetricsOption, kProgressOptions, kSummaryOptions);
constexpr auto kResume = joined(kServerOptions, kProxyOption, kListPathOption, kSendOptions, kRetryOption,
                                kDryRunOption, kConsentOptions, kPaceOptions, kVerifyOption, kWatchOptions,
                                kJsonOption, kMetricsOption, kProgressOptions, kSummaryOptions);
constexpr auto kVerify = joined(kServerOptions, kProxyOption, kListPathOption, kListTimeoutOption,
                                kWatchOptions, kJsonOption, kMetricsOption, kVerboseOption, kSummaryOptions);
constexpr auto kReport = joined(kMergedOutOption, kJsonOption, kSummaryOptions);
constexpr auto kCheck = joined(kServerOptions, kProxyOption, kListPathOption, kCheckOptions);
constexpr auto kList = joined(kServerOptions, kListPathOption, kListOptions, kMetricsOption);

constexpr std::string_view kResumeNotes =
    "Server, paths, TLS, pace, limits, --verify and --watch are those of the run where they are not given; "
    "the "
    "login is given anew, since it is stored nowhere. Counts and limits are about what is left. A finished "
    "run "
    "says so and exits as it did.";
constexpr std::string_view kReportNotes =
    "Connects to nothing. Several RUN_DIRs are merged if each was run with --shard I/N over the same input "
    "and "
    "none is missing; the merged report is that of one run.";
constexpr std::string_view kVerifyNotes =
    "--url, --api, --token-path and --list-path are those of the run where they are not given.";
constexpr std::string_view kListNotes =
    "P is exact or has * for any text, in upper or lower case. One option given several times: any of them; "
    "different options: all of them. T is 2026-11-21, '2026-11-21 22:30' or 2026-11-21T22:30:00-03:00; times "
    "without an offset, also those in the list, are the server's local time: --server-tz. Nothing is printed "
    "unless the whole list came.";

constexpr std::array kCommands = {
    CommandSpec{"drop", "bulkdrop drop [OPTIONS] [FILE...]",
                "Terminates the sessions named in FILEs, or in standard input (- or no FILE).", kDrop},
    CommandSpec{"resume", "bulkdrop resume [OPTIONS] RUN_DIR",
                "Finishes a run that was stopped, was killed, or lost its machine.", kResume, kResumeNotes},
    CommandSpec{"list", "bulkdrop list [OPTIONS]",
                "Lists remote sessions, all or filtered, as CSV or JSON lines on standard output.", kList,
                kListNotes},
    CommandSpec{"verify", "bulkdrop verify [OPTIONS] RUN_DIR",
                "Holds a run's outcome against the server's session list and writes its reports again.",
                kVerify, kVerifyNotes},
    CommandSpec{"report", "bulkdrop report [OPTIONS] RUN_DIR...",
                "Writes the reports of a run again; of the shards of one job, one merged report (--out).",
                kReport, kReportNotes},
    CommandSpec{"check", "bulkdrop check [OPTIONS]",
                "Tries everything but a drop: DNS, connection, TLS, token, permission, clock.", kCheck},
};

}  // namespace

std::span<const CommandSpec> commands() {
  return kCommands;
}

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : kCommands)
    if (command.name == name) return &command;
  return nullptr;
}

std::string environment_name(const OptionSpec& option) {
  std::string name(kVariablePrefix);
  for (const char c : option.name)
    name.push_back(c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  return name;
}

}  // namespace bulkdrop::cli
