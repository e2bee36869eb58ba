// --faults: what a SPEC means, and that its decisions repeat.
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/faults.hpp"

using namespace bulkdrop;
using namespace bulkdrop::sandbox;
using bulkdrop::test::holds;

namespace {

void is_refused(const std::string& spec) {
  BOOST_TEST_CONTEXT(spec)
  BOOST_CHECK_EXCEPTION(FaultPlan(spec, 1), Error, [](const Error& error) {
    return error.code() == ExitCode::usage && std::string_view(error.what()).starts_with("--faults: '");
  });
}

double share_of(const FaultPlan& plan, FaultKind kind, std::size_t count) {
  std::size_t hits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto fault = plan.for_drop("id" + std::to_string(i), 1, i + 1);
    if (fault && fault->kind == kind) ++hits;
  }
  return static_cast<double>(hits) / static_cast<double>(count);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_fault_plan)

BOOST_AUTO_TEST_CASE(the_table_is_in_the_order_of_the_kinds) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < all_faults().size(); ++i) {
    BOOST_TEST(static_cast<std::size_t>(all_faults()[i].kind) == i);
    BOOST_TEST(names.insert(all_faults()[i].name).second);
    BOOST_TEST(name(all_faults()[i].kind) == all_faults()[i].name);
    BOOST_TEST(faults_help().find(all_faults()[i].name) != std::string::npos);
  }
  BOOST_TEST(static_cast<std::size_t>(FaultKind::false_success) + 1 == all_faults().size());
}

BOOST_AUTO_TEST_CASE(no_spec_means_no_faults) {
  const FaultPlan plan("", 1);
  BOOST_TEST(!plan.for_drop("a", 1, 1).has_value());
  BOOST_TEST(!plan.for_other(Endpoint::list, 1).has_value());
}

BOOST_AUTO_TEST_CASE(shares_are_kept_and_do_not_overlap) {
  const FaultPlan plan("reset=10%,html=0.2,stall=5%", 42);
  BOOST_TEST(std::abs(share_of(plan, FaultKind::reset, 20000) - 0.1) < 0.01);
  BOOST_TEST(std::abs(share_of(plan, FaultKind::html, 20000) - 0.2) < 0.015);
  BOOST_TEST(std::abs(share_of(plan, FaultKind::stall, 20000) - 0.05) < 0.01);
  BOOST_TEST(share_of(FaultPlan("reset=100%", 1), FaultKind::reset, 1000) == 1.0);
  BOOST_TEST(share_of(FaultPlan("reset=0", 1), FaultKind::reset, 1000) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_share_depends_on_seed_id_and_attempt_but_not_on_order) {
  holds("the nth of all does not matter",
        [](const std::string& id, std::uint64_t seed, std::uint32_t attempt) {
          const FaultPlan plan("reset=50%", seed);
          RC_ASSERT(plan.for_drop(id, attempt, 1).has_value() == plan.for_drop(id, attempt, 999).has_value());
        });
  const FaultPlan one("reset=50%", 1);
  const FaultPlan two("reset=50%", 2);
  std::size_t by_seed = 0;
  std::size_t by_attempt = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    by_seed += one.for_drop(id, 1, 1).has_value() != two.for_drop(id, 1, 1).has_value();
    by_attempt += one.for_drop(id, 1, 1).has_value() != one.for_drop(id, 2, 1).has_value();
  }
  BOOST_TEST(by_seed > 400U);
  BOOST_TEST(by_seed < 600U);
  BOOST_TEST(by_attempt > 400U);
  BOOST_TEST(by_attempt < 600U);
}

BOOST_AUTO_TEST_CASE(counting_rules_hit_exactly_the_requests_they_name) {
  const auto hits = [](std::string_view spec) {
    const FaultPlan plan(spec, 1);
    std::string text;
    for (std::uint32_t n = 1; n <= 9; ++n)
      if (plan.for_drop("a", (n + 2) / 3, n)) text += std::to_string(n);
    return text;
  };
  BOOST_TEST(hits("reset=every:4") == "48");
  BOOST_TEST(hits("reset=first:3") == "123");
  BOOST_TEST(hits("reset=each:2") == "123456");
  BOOST_TEST(hits("reset=5-7") == "567");
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_counts_wins_over_shares) {
  const FaultPlan plan("html=100%,reset=first:1,stall=first:2", 1);
  BOOST_TEST((plan.for_drop("a", 1, 1)->kind == FaultKind::reset));
  BOOST_TEST((plan.for_drop("a", 1, 2)->kind == FaultKind::stall));
  BOOST_TEST((plan.for_drop("a", 1, 3)->kind == FaultKind::html));
}

BOOST_AUTO_TEST_CASE(done_and_dead_override_what_the_kind_does_by_itself) {
  const auto executes = [](std::string_view spec) {
    return FaultPlan(spec, 1).for_drop("a", 1, 1)->executes;
  };
  BOOST_TEST(executes("reset=1"));
  BOOST_TEST(!executes("reset:dead=1"));
  BOOST_TEST(!executes("bad_gateway=1"));
  BOOST_TEST(executes("bad_gateway:done=1"));
  BOOST_TEST(executes("slow=1"));
  BOOST_TEST(!executes("false_success=1"));
}

BOOST_AUTO_TEST_CASE(each_endpoint_has_rules_of_its_own) {
  const FaultPlan plan("list.html=first:1, token.unavailable=2-2 ,invalid_client=first:1,drop.reset=100%", 1);
  BOOST_TEST((plan.for_other(Endpoint::list, 1) == FaultKind::html));
  BOOST_TEST(!plan.for_other(Endpoint::list, 2).has_value());
  BOOST_TEST((plan.for_other(Endpoint::token, 1) == FaultKind::invalid_client));
  BOOST_TEST((plan.for_other(Endpoint::token, 2) == FaultKind::unavailable));
  BOOST_TEST((plan.for_drop("a", 1, 7)->kind == FaultKind::reset));
}

BOOST_AUTO_TEST_CASE(a_wrong_spec_is_refused_and_named) {
  for (const char* const spec : {"reset",
                                 "reset=",
                                 "=5%",
                                 "nonsense=5%",
                                 "reset=101%",
                                 "reset=1.5",
                                 "reset=-5%",
                                 "reset=5%x",
                                 "reset=every:0",
                                 "reset=first:x",
                                 "reset=each:",
                                 "reset=7-5",
                                 "reset=0-5",
                                 "reset:done:dead=5%",
                                 "reset:half=5%",
                                 "slow:dead=1",
                                 "false_success:done=1",
                                 "list.created=5%",
                                 "token.reset:dead=1",
                                 "list.html=each:1",
                                 "reset=60%,html=50%",
                                 "reset=5%,",
                                 ",reset=5%",
                                 "reset=nan",
                                 "drop.invalid_client=1",
                                 "disk.reset=1"})
    is_refused(spec);
}

BOOST_AUTO_TEST_SUITE_END()
