#include "pay/webhooks/invariants.h"

#include "pay/api/facts.h"
#include "pay/webhooks/endpoint.h"
#include "pay/webhooks/read_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::webhooks {
namespace {

using journal::NewEvent;
using journal::Violation;

constexpr std::size_t kFactsPageMax = 1000;

template <class V>
bool is(const NewEvent& event) {
  return event.type == V::kType.name;
}

}  // namespace

Violation ToldFacts::look(const journal::StoredCommit& stored) {
  std::uint64_t position = stored.commit.first_position.value;
  for (const NewEvent& event : stored.commit.events) {
    if (event.stream.prefix() == WebhookEndpoint::kPrefix) take_endpoint(event, position);
    if (is<DeliveryAttempted>(event)) {
      if (Violation found = attempted(event)) {
        return fmt::format("{} in commit {}: {}", event.stream.to_string(),
                           stored.commit.sequence.value, *found);
      }
    }
    ++position;
  }
  return std::nullopt;
}

void ToldFacts::take_endpoint(const NewEvent& event, std::uint64_t position) {
  Endpoint& endpoint = endpoints_[event.stream];
  endpoint.since = position;
  if (is<EndpointCreated>(event)) {
    if (const auto created = codec::decode<EndpointCreated>(event.payload)) {
      endpoint.client = created->client;
      endpoint.settings = created->settings;
      endpoint.enabled = true;
    }
  } else if (is<EndpointUpdated>(event)) {
    if (auto updated = codec::decode<EndpointUpdated>(event.payload)) {
      endpoint.settings = std::move(updated->settings);
    }
  } else if (is<EndpointEnabled>(event)) {
    endpoint.enabled = true;
  } else if (is<EndpointDisabled>(event) || is<EndpointDeleted>(event)) {
    endpoint.enabled = false;
  }
}

Violation ToldFacts::attempted(const NewEvent& event) {
  const auto told = codec::decode<DeliveryAttempted>(event.payload);
  if (!told) return told.error().describe();
  ++attempts_;
  endpoints_[told->what.endpoint].attempted.insert(told->what.position);
  Last& last = deliveries_[event.stream];
  if (told->attempt.number != last.attempt + 1) {
    return fmt::format("attempt {} follows attempt {}", told->attempt.number, last.attempt);
  }
  if (told->round < last.round || (told->round == last.round && last.delivered)) {
    return fmt::format("attempt {} is made although round {} was over", told->attempt.number,
                       told->round);
  }
  last = {told->attempt.number, told->round, told->status == DeliveryStatus::Delivered};
  return std::nullopt;
}

std::string ToldFacts::seen() const {
  return fmt::format("{} endpoints, {} facts of theirs, {} attempts", endpoints_.size(), facts_,
                     attempts_);
}

void ToldFacts::take_flow(const flow::FlowState& state) {
  auto& waiting = waiting_[state.name];
  for (const auto& [key, lane] : state.lanes) {
    waiting.insert(lane.head.value);
    for (const flow::Cursor& cursor : lane.waiting) waiting.insert(cursor.value);
  }
}

Result<Violation> ToldFacts::compare(sqlite::Database& rows, flow::CheckpointTable& checkpoints) {
  for (const auto& [id, endpoint] : endpoints_) {
    if (!endpoint.enabled) continue;
    const flow::Checkpoint reached = TRY(checkpoints.load(flow_name(id)));
    if (auto found = TRY(compare(id, endpoint, rows, reached.cursor.value))) return found;
  }
  return Violation();
}

Result<Violation> ToldFacts::compare(const TypeId& id, const Endpoint& endpoint,
                                     sqlite::Database& rows, std::uint64_t checkpoint) {
  const WebhookEndpoint as_it_is{
      .id = id, .client = endpoint.client, .settings = endpoint.settings};
  const auto& waiting = waiting_[flow_name(id)];
  std::uint64_t after = endpoint.since;
  while (true) {
    const api::FactPage page = TRY(api::list_facts(
        rows, {.client = endpoint.client, .after = after, .rows_max = kFactsPageMax}));
    for (const api::PublishedFact& fact : page.facts) {
      after = fact.position;
      if (!as_it_is.wants(fact.type)) continue;
      ++facts_;
      const bool waits = fact.position > checkpoint || waiting.contains(fact.position);
      if (waits || endpoint.attempted.contains(fact.position)) continue;
      return Violation(fmt::format("{} ({} of {}) was never told to {}", fact.id.to_string(),
                                   fact.type, fact.subject.to_string(), id.to_string()));
    }
    if (!page.next_cursor) return Violation();
  }
}

}  // namespace remit::webhooks
