#include "bulkdrop/net/url.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"

using namespace bulkdrop;
using net::BaseUrl;
using net::parse_base_url;

BOOST_AUTO_TEST_SUITE(base_url)

BOOST_AUTO_TEST_CASE(the_parts_that_decide_how_a_url_may_be_used) {
  struct Case {
    const char* text;
    const char* scheme;
    const char* host;
    bool loopback;
    bool user_info;
    bool query_or_fragment;
  };
  const Case cases[] = {
      {"https://pam.example", "https", "pam.example", false, false, false},
      {"https://pam.example/", "https", "pam.example", false, false, false},
      {"https://pam.example:8443/prefix", "https", "pam.example", false, false, false},
      {"HTTPS://PAM.Example", "https", "pam.example", false, false, false},
      {"http://localhost:8080", "http", "localhost", true, false, false},
      {"http://LOCALHOST", "http", "localhost", true, false, false},
      {"http://127.0.0.1:1", "http", "127.0.0.1", true, false, false},
      {"http://127.9.8.7", "http", "127.9.8.7", true, false, false},
      {"http://[::1]:8080/x", "http", "::1", true, false, false},
      {"http://[::2]", "http", "::2", false, false, false},
      {"http://128.0.0.1", "http", "128.0.0.1", false, false, false},
      {"http://localhost.pam.example", "http", "localhost.pam.example", false, false, false},
      {"http://127.0.0.1.pam.example", "http", "127.0.0.1.pam.example", false, false, false},
      {"https://user@pam.example", "https", "pam.example", false, true, false},
      {"https://user:secret@pam.example", "https", "pam.example", false, true, false},
      {"https://:secret@pam.example", "https", "pam.example", false, true, false},
      {"http://127.0.0.1@pam.example", "http", "pam.example", false, true, false},
      {"https://pam.example/?x=1", "https", "pam.example", false, false, true},
      {"https://pam.example/#x", "https", "pam.example", false, false, true},
      {"https://pam.example/?", "https", "pam.example", false, false, true},
      {"https://pam.example/#", "https", "pam.example", false, false, true},
  };
  for (const Case& expected : cases) {
    BOOST_TEST_CONTEXT(expected.text) {
      const BaseUrl url = parse_base_url(expected.text);
      BOOST_TEST(url.scheme == expected.scheme);
      BOOST_TEST(url.host == expected.host);
      BOOST_TEST(url.loopback == expected.loopback);
      BOOST_TEST(url.has_user_info == expected.user_info);
      BOOST_TEST(url.has_query_or_fragment == expected.query_or_fragment);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_http_url_is_refused_by_name) {
  for (const char* text :
       {"", "pam.example", "//pam.example", "/api", "ftp://pam.example", "file:///etc/passwd", "https://",
        "https://pam example", "https://pam.example:99999", "https://pam.example:port", "javascript:alert(1)",
        "https://[::1", "https://pam.example/\n"}) {
    BOOST_TEST_CONTEXT(text)
    BOOST_CHECK_EXCEPTION(parse_base_url(text), Error, [&](const Error& error) {
      return error.code() == ExitCode::usage &&
             std::string_view(error.what()).find("is not an http or https URL") != std::string_view::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(an_ipv4_address_in_disguise_is_known_as_what_it_is) {
  // libcurl reads these as 127.0.0.1, and so must we: what is checked is what is reached.
  for (const char* text : {"http://127.1", "http://0x7f000001", "http://2130706433", "http://0177.0.0.1"})
    BOOST_TEST(parse_base_url(text).loopback, text);
}

BOOST_AUTO_TEST_CASE(a_proxy_is_what_libcurl_takes_for_one) {
  for (const char* good :
       {"http://proxy.example:3128", "proxy.example", "proxy.example:3128", "user:pass@proxy.example",
        "socks5h://[::1]:1080", "SOCKS4://h", "https://u:p@h:1/"})
    BOOST_TEST(net::is_proxy_url(good), good);
  for (const char* bad :
       {"", "http://", "ftp://h", "http://h:99999", "http://u:p @h", "u:p@[::", "socks9://h"})
    BOOST_TEST(!net::is_proxy_url(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_resolve_entry_has_a_host_a_port_and_addresses) {
  for (const char* good :
       {"pam.example:443:127.0.0.1", "pam.example:8443:::1", "pam.example:443:[::1],127.0.0.1"})
    BOOST_TEST(net::is_resolve_entry(good), good);
  for (const char* bad : {"", "foo", "pam.example:443", "pam.example:443:", "pam.example::127.0.0.1",
                          ":443:127.0.0.1", "pam.example:0:127.0.0.1", "pam.example:65536:127.0.0.1",
                          "pam.example:443:other.example", "pam.example:443:127.0.0.1,"})
    BOOST_TEST(!net::is_resolve_entry(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
