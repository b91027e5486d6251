#include "lab/bank/faults.h"

#include "kit/base/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kOneShotsMax = 10'000;
constexpr std::uint32_t kPerMilleMax = 1000;

constexpr std::array<std::string_view, 19> kFaultNames{"none",
                                                       "slow",
                                                       "timeout_before",
                                                       "timeout_after",
                                                       "server_error_before",
                                                       "server_error_after",
                                                       "too_many_requests",
                                                       "rejected",
                                                       "insufficient_funds",
                                                       "wrong_status",
                                                       "bad_signature",
                                                       "lost",
                                                       "duplicate",
                                                       "unknown_payment",
                                                       "narrowed",
                                                       "weakened",
                                                       "out_of_service",
                                                       "unreadable",
                                                       "contradiction"};
constexpr std::array<std::string_view, 10> kCallNames{
    "token", "consent", "consent_read", "payment",          "payment_read", "funds_confirmation",
    "event", "events",  "registration", "name_verification"};

template <class E, std::size_t size>
std::optional<E> named(const std::array<std::string_view, size>& names,
                       std::optional<std::string_view> name) {
  const auto found = std::ranges::find(names, name.value_or(""));
  if (found == names.end()) return std::nullopt;
  return static_cast<E>(found - names.begin());
}

std::unexpected<Error> invalid(std::string message, std::string field) {
  return fail(ErrorCode::InvalidArgument, "faults_invalid", std::move(message), std::move(field));
}

struct Target {
  Call call;
  Fault fault;
  const json::object& members;
};

/// A fault where it can have no effect would be a test that proves nothing.
bool fits(Call call, Fault fault) {
  const bool of_event =
      fault == Fault::Lost || fault == Fault::Duplicate || fault == Fault::UnknownPayment;
  if (call == Call::Event) {
    return of_event || fault == Fault::None || fault == Fault::Slow || fault == Fault::BadSignature;
  }
  if (of_event) return false;
  if (fault == Fault::Narrowed || fault == Fault::Weakened) return call == Call::Registration;
  if (fault == Fault::Unreadable || fault == Fault::Contradiction) {
    return call == Call::NameVerification;
  }
  if (fault == Fault::OutOfService) return call != Call::Token && call != Call::Registration;
  if (fault == Fault::InsufficientFunds && call == Call::ConfirmFunds) return true;
  if (fault == Fault::Rejected || fault == Fault::InsufficientFunds) {
    return call == Call::SubmitPayment;
  }
  if (fault == Fault::WrongStatus) return call == Call::ReadPayment;
  return fault != Fault::BadSignature || (call != Call::Token && call != Call::Registration);
}

Result<std::vector<Target>> parse_targets(const json::value& list, const std::string& field) {
  if (!list.is_array()) return invalid("Give a list of objects.", field);
  std::vector<Target> targets;
  for (const json::value& item : list.get_array()) {
    if (!item.is_object()) return invalid("Give a list of objects.", field);
    const json::object& members = item.get_object();
    const auto call = named<Call>(kCallNames, find_text(members, "call"));
    const auto fault = named<Fault>(kFaultNames, find_text(members, "fault"));
    if (!call) {
      return invalid(fmt::format("Give one of {}.", fmt::join(kCallNames, ", ")), field + ".call");
    }
    if (!fault || !fits(*call, *fault)) {
      return invalid(
          fmt::format("Give one of {} that this call can have.", fmt::join(kFaultNames, ", ")),
          field + ".fault");
    }
    targets.push_back({*call, *fault, members});
  }
  return targets;
}

}  // namespace

std::string_view fault_name(Fault fault) {
  return kFaultNames[static_cast<std::size_t>(fault)];
}

std::string_view call_name(Call call) {
  return kCallNames[static_cast<std::size_t>(call)];
}

Fault Faults::draw(Call call, std::string_view id) {
  const auto shot = std::ranges::find(one_shots_, call, &OneShot::call);
  if (shot != one_shots_.end()) {
    const Fault fault = shot->fault;
    one_shots_.erase(shot);
    return fault;
  }
  if (std::ranges::find(rates_, call, &Rate::call) == rates_.end()) return Fault::None;
  const std::uint64_t before = calls_[fmt::format("{} {}", call_name(call), id)]++;
  const Hash256 digest =
      sha256(as_bytes(fmt::format("{} {} {} {}", seed_, call_name(call), id, before)));
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof(number));
  auto place = static_cast<std::uint32_t>(number % kPerMilleMax);
  for (const Rate& rate : rates_) {
    if (rate.call != call) continue;
    if (place < rate.per_mille) return rate.fault;
    place -= rate.per_mille;
  }
  return Fault::None;
}

Result<std::vector<Faults::Rate>> Faults::parse_rates(const json::value& list) {
  std::vector<Rate> rates;
  std::map<Call, std::int64_t> sums;
  for (const Target& target : TRY(parse_targets(list, "rates"))) {
    const std::int64_t per_mille = find_integer(target.members, "per_mille").value_or(-1);
    if (per_mille < 0 || (sums[target.call] += per_mille) > kPerMilleMax) {
      return invalid("Give 0 to 1000, and no more than 1000 for one call.", "rates.per_mille");
    }
    rates.push_back({target.call, target.fault, static_cast<std::uint32_t>(per_mille)});
  }
  return rates;
}

Result<std::deque<Faults::OneShot>> Faults::parse_one_shots(const json::value& list) {
  std::deque<OneShot> shots;
  for (const Target& target : TRY(parse_targets(list, "one_shots"))) {
    const json::value* given = target.members.if_contains("count");
    const std::int64_t count =
        given == nullptr ? 1 : find_integer(target.members, "count").value_or(0);
    if (count < 1 || shots.size() + static_cast<std::size_t>(count) > kOneShotsMax) {
      return invalid(fmt::format("Give 1 to {} in all.", kOneShotsMax), "one_shots.count");
    }
    shots.insert(shots.end(), static_cast<std::size_t>(count), {target.call, target.fault});
  }
  return shots;
}

Result<void> Faults::configure(const json::object& document) {
  const json::value* seed = document.if_contains("seed");
  const json::value* rates = document.if_contains("rates");
  const json::value* shots = document.if_contains("one_shots");
  for (const auto& [name, value] : document) {
    if (&value != seed && &value != rates && &value != shots) {
      return invalid("Give seed, rates or one_shots.", std::string(name));
    }
  }
  if (seed != nullptr && find_integer(document, "seed").value_or(-1) < 0) {
    return invalid("Give a whole number from 0.", "seed");
  }
  std::vector<Rate> new_rates = rates_;
  std::deque<OneShot> new_shots;
  if (rates != nullptr) new_rates = TRY(parse_rates(*rates));
  if (shots != nullptr) new_shots = TRY(parse_one_shots(*shots));
  if (one_shots_.size() + new_shots.size() > kOneShotsMax) {
    return invalid("Too many one-shots wait already.", "one_shots");
  }
  if (seed != nullptr) seed_ = static_cast<std::uint64_t>(*find_integer(document, "seed"));
  if (seed != nullptr || rates != nullptr) calls_.clear();
  rates_ = std::move(new_rates);
  one_shots_.insert(one_shots_.end(), new_shots.begin(), new_shots.end());
  return {};
}

json::object Faults::to_json() const {
  json::array rates;
  for (const Rate& rate : rates_) {
    rates.push_back(json::object{{"call", call_name(rate.call)},
                                 {"fault", fault_name(rate.fault)},
                                 {"per_mille", rate.per_mille}});
  }
  json::array shots;
  for (const OneShot& shot : one_shots_) {
    shots.push_back(
        json::object{{"call", call_name(shot.call)}, {"fault", fault_name(shot.fault)}});
  }
  return {{"seed", seed_}, {"rates", std::move(rates)}, {"one_shots", std::move(shots)}};
}

}  // namespace remit::lab::bank
