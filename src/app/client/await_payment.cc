#include "app/client/await_payment.h"

#include "app/admin_client.h"
#include "app/commands.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"

#include <chrono>
#include <cstdio>
#include <thread>
#include <unistd.h>

namespace remit::app {
namespace {

using payments::PaymentState;

constexpr auto kLookMin = std::chrono::milliseconds(200);
constexpr auto kLookMax = std::chrono::seconds(2);

/// Those that can be waited for.
constexpr PaymentState kWaitedFor[] = {PaymentState::AwaitingAuthorisation, PaymentState::Submitted,
                                       PaymentState::Executed, PaymentState::Settled};

struct Wait {
  std::string id;
  std::string until;
  std::uint32_t seconds = 600;
};

std::optional<PaymentState> state_named(std::string_view name) {
  std::optional<PaymentState> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<PaymentState>>([&](auto one) {
    if (codec::json_name(one.value) == name) found = one.value;
  });
  return found;
}

/// On a terminal alone; the line is gone when it is done.
void show_progress(std::string_view status) {
  if (::isatty(STDERR_FILENO) == 0) return;
  const std::string line =
      status.empty() ? std::string("\r\033[K") : fmt::format("\r{} ...\033[K", status);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

/// For a person: where the payer goes when that was waited for, else how it stands.
std::string shown(const codec::JsonNode& payment, const Wait& wait) {
  const std::string url = text_at(payment, "authorisation_url");
  return wait.until == "awaiting_authorisation" && !url.empty() ? url : text_at(payment, "status");
}

Result<void> look_until(ApiSession& api, const Wait& wait) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait.seconds);
  const std::string path = "/v1/payments/" + net::percent_encode(wait.id);
  std::chrono::milliseconds pause = kLookMin;
  while (true) {
    const std::string body = TRY(api.read(path));
    const auto payment = TRY(codec::JsonDocument::parse(body, {}));
    const std::string status = text_at(payment.root(), "status");
    const std::optional<PaymentState> state = state_named(status);
    const auto arrived =
        state ? has_arrived(*state, state_named(wait.until)) : std::optional<bool>();
    const bool late = !arrived && std::chrono::steady_clock::now() >= deadline;
    if (!arrived && !late) {
      show_progress(status);
      std::this_thread::sleep_for(pause);
      pause = std::min<std::chrono::milliseconds>(pause * 2, kLookMax);
      continue;
    }
    show_progress("");
    print((api.options().json ? body : shown(payment.root(), wait)) + "\n");
    if (late) {
      return fail(ErrorCode::DeadlineExceeded, "payment_still_under_way",
                  fmt::format("{} is {} after {} s; wait again, nothing is lost.", wait.id, status,
                              wait.seconds));
    }
    if (*arrived) return {};
    const std::string reason = text_at(payment.root(), "reason.message");
    return fail(
        ErrorCode::FailedPrecondition, "payment_ended",
        fmt::format("{} has ended as {}.{}", wait.id, status, reason.empty() ? "" : " " + reason));
  }
}

}  // namespace

std::optional<bool> has_arrived(PaymentState state, std::optional<PaymentState> until) {
  if (!until) {
    if (payments::is_final(state)) return state == PaymentState::Settled;
    return std::nullopt;
  }
  // Up to settled they are numbered in the order in which a payment goes through them.
  const bool ended_early = payments::is_final(state) && state != PaymentState::Settled;
  if (ended_early) return false;
  // It may or may not have been executed, let alone be accepted by the bank.
  const bool doubtful =
      state == PaymentState::OutcomeUnknown && *until > PaymentState::OutcomeUnknown;
  if (!doubtful && state >= *until) return true;
  return std::nullopt;
}

Result<std::optional<Timestamp>> time_of(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  const std::optional<Timestamp> time = from_rfc3339(text);
  if (time) return time;
  return fail(ErrorCode::InvalidArgument, "time_invalid",
              fmt::format("{} {} is no moment; write it like 2026-08-20T09:30:00Z.", option, text));
}

void add_await_payment(CLI::App& command, const std::shared_ptr<ApiOptions>& options, int& exit) {
  auto wait = std::make_shared<Wait>();
  CLI::App* waiting = command.add_subcommand(
      "wait",
      "Looks until a payment or refund has come so far, and prints its status, or where the payer "
      "is to approve it. Exit 1 when it never will, 3 when it has not yet. Needs an API key.");
  waiting->add_option("id", wait->id, "pay_...")->required();
  std::vector<std::string> names;
  for (const PaymentState state : kWaitedFor) names.emplace_back(codec::json_name(state));
  waiting->add_option("--until", wait->until, "Settled by default, or ended otherwise")
      ->check(CLI::IsMember(names));
  waiting->add_option("--for", wait->seconds, "Seconds at most")
      ->check(CLI::Range(0U, 86400U))
      ->capture_default_str();
  waiting->callback([options, wait, &exit] {
    exit = with_api(*options, [&](ApiSession& api) { return look_until(api, *wait); });
  });
}

}  // namespace remit::app
