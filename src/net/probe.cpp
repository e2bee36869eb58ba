#include "bulkdrop/net/probe.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <memory>
#include <new>
#include <string_view>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_errors.hpp"
#include "bulkdrop/net/transport_setup.hpp"
#include "bulkdrop/net/url.hpp"

namespace bulkdrop::net {
namespace {

struct FreeEasy {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// libcurl tells the protocol in its log only: "SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384". Behind
// a TLS proxy the last such line is the server's.
int note_protocol(CURL*, curl_infotype type, char* data, std::size_t size, void* into) {
  constexpr std::string_view kBefore = "SSL connection using ";
  const std::string_view line(data, size);
  if (type != CURLINFO_TEXT || !line.starts_with(kBefore)) return 0;
  const std::string_view rest = line.substr(kBefore.size());
  static_cast<std::string*>(into)->assign(rest.substr(0, rest.find_first_of(" /\n")));
  return 0;
}

std::optional<PeerCertificate> first_certificate(CURL* easy) {
  curl_certinfo* all = nullptr;
  if (::curl_easy_getinfo(easy, CURLINFO_CERTINFO, &all) != CURLE_OK || all == nullptr ||
      all->num_of_certs < 1)
    return std::nullopt;
  PeerCertificate certificate;
  for (const curl_slist* line = all->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text(line->data);
    const auto value_of = [&](std::string_view name) {
      return std::string(trimmed(text.substr(name.size())));
    };
    if (text.starts_with("Subject:")) certificate.subject = value_of("Subject:");
    if (text.starts_with("Issuer:")) certificate.issuer = value_of("Issuer:");
    if (text.starts_with("Expire date:")) {
      const std::time_t time = ::curl_getdate(value_of("Expire date:").c_str(), nullptr);
      if (time != -1) certificate.expires = time;
    }
  }
  return certificate;
}

// One handshake; nothing is asked for. `verified` is false only for a look at a certificate that was refused.
struct Handshake {
  Handshake(const TransportOptions& options, const std::string& url, bool verified)
      : resolve(options.resolve), easy(::curl_easy_init()) {
    if (!easy) throw std::bad_alloc();
    set_transport(easy.get(), options, resolve.list());
    set(easy.get(), CURLOPT_URL, url.c_str());
    set(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
    set(easy.get(), CURLOPT_CERTINFO, 1L);
    set(easy.get(), CURLOPT_ERRORBUFFER, error.data());
    set(easy.get(), CURLOPT_VERBOSE, 1L);
    set(easy.get(), CURLOPT_DEBUGFUNCTION, &note_protocol);
    set(easy.get(), CURLOPT_DEBUGDATA, static_cast<void*>(&protocol));
    if (!verified) {
      set(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
      set(easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
    }
    code = ::curl_easy_perform(easy.get());
  }

  template <typename Value>
  [[nodiscard]] Value info(CURLINFO what) const {
    Value value{};
    ::curl_easy_getinfo(easy.get(), what, &value);
    return value;
  }

  HeaderLines resolve;  // a list of texts is a list of texts
  std::array<char, CURL_ERROR_SIZE> error{};
  std::string protocol;
  std::unique_ptr<CURL, FreeEasy> easy;
  CURLcode code = CURLE_OK;
};

ProbeResult::Step step_reached(const Handshake& handshake) {
  using Step = ProbeResult::Step;
  switch (transport_error(handshake.code, 0)) {
    case TransportError::none:
      return Step::done;
    case TransportError::resolve_failed:
      return Step::name;
    case TransportError::tls_failed:
    case TransportError::tls_untrusted:
      return Step::tls;
    default:
      break;
  }
  // A time that ran out, or a connection that broke: in which phase, libcurl's stopwatch tells.
  if (handshake.info<curl_off_t>(CURLINFO_NAMELOOKUP_TIME_T) == 0) return Step::name;
  return handshake.info<curl_off_t>(CURLINFO_CONNECT_TIME_T) == 0 ? Step::connection : Step::tls;
}

// The addresses of HOST:PORT:ADDR[,ADDR] for this host and port; empty if there is none.
std::vector<std::string> given_addresses(const std::vector<std::string>& resolve, const std::string& host,
                                         std::string_view port) {
  std::vector<std::string> addresses;
  for (const std::string& entry : resolve) {
    const std::string_view text = std::string_view(entry).substr(entry.starts_with('+') ? 1 : 0);
    const std::string prefix = fmt::format("{}:{}:", host, port);
    if (lower_ascii(text.substr(0, prefix.size())) == prefix)
      addresses = {std::string(text.substr(prefix.size()))};  // the last one counts
  }
  return addresses;
}

std::vector<std::string> addresses_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, FreeAddresses> all(found);
  std::vector<std::string> addresses;
  for (const addrinfo* one = all.get(); one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) ==
        0)
      addresses.emplace_back(text.data());
  }
  return addresses;
}

}  // namespace

ProbeResult probe(const TransportOptions& options, const std::string& url) {
  const Handshake handshake(options, url, true);
  ProbeResult result;
  result.reached = step_reached(handshake);
  if (handshake.code != CURLE_OK)
    result.error = in_plain_words(handshake.error[0] != '\0' ? handshake.error.data()
                                                             : ::curl_easy_strerror(handshake.code));
  result.untrusted = transport_error(handshake.code, 0) == TransportError::tls_untrusted;
  result.pinned = handshake.code == CURLE_SSL_PINNEDPUBKEYNOTMATCH;
  result.connected_after = std::chrono::microseconds(handshake.info<curl_off_t>(CURLINFO_CONNECT_TIME_T));
  result.protocol = handshake.protocol;

  const HostAndPort target = host_and_port(options.proxy.empty() ? url : options.proxy);
  result.looked_up = target.host;
  if (result.reached != ProbeResult::Step::name) {
    result.addresses = given_addresses(options.resolve, target.host, target.port);
    if (result.addresses.empty()) result.addresses = addresses_of(target.host);
  }
  if (const char* address = handshake.info<const char*>(CURLINFO_PRIMARY_IP);
      address != nullptr && *address != '\0')
    result.peer = fmt::format("{} port {}", address, handshake.info<long>(CURLINFO_PRIMARY_PORT));
  result.certificate = first_certificate(handshake.easy.get());
  // libcurl shows no certificate that it refused. It is what an administrator needs to see, so it is asked
  // for again; nothing but a handshake goes over that connection, and no client certificate.
  if (result.untrusted && !result.certificate) {
    TransportOptions looking = options;
    looking.cert.clear();
    looking.key.clear();
    looking.pinned_pubkey.clear();
    looking.cacert.clear();
    result.certificate = first_certificate(Handshake(looking, url, false).easy.get());
  }
  return result;
}

}  // namespace bulkdrop::net
