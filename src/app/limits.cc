#include "kit/flow/limits.h"

#include "app/client/api_client.h"
#include "app/commands.h"
#include "app/registration/registration_record.h"
#include "app/server_config.h"
#include "kit/base/codec/json.h"
#include "kit/engine/engine.h"
#include "kit/engine/timer.h"
#include "kit/flow/effect_flow.h"
#include "kit/journal/heads/head_file.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/keys/nested_keyring.h"
#include "kit/net/curl_client.h"
#include "kit/net/jose/jws.h"
#include "kit/net/server.h"
#include "kit/service/log.h"
#include "kit/service/metrics.h"
#include "pay/api/gateway.h"
#include "pay/clients/authenticate.h"
#include "pay/ledger/limits.h"
#include "pay/operators/approval.h"
#include "pay/payees/limits.h"
#include "pay/payments/event_poller.h"
#include "pay/payments/limits.h"
#include "rails/open_banking_uk/registration_answer.h"
#include "rails/payee_verification.h"
#include "terms/reference.h"

namespace remit::app {
namespace {

struct Limit {
  std::string name;
  std::uint64_t value = 0;
  std::string unit;
};

std::uint64_t seconds(Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

void add_http(std::vector<Limit>& limits) {
  const net::ServerOptions server;
  const net::CurlClientOptions client;
  limits.insert(
      limits.end(),
      {{"http.server.header_bytes_max", server.header_bytes_max, "bytes"},
       {"http.server.body_bytes_max", server.body_bytes_max, "bytes"},
       {"http.server.connections_max", server.connections_max, "connections"},
       {"http.server.connections_per_address_max", server.connections_per_address_max,
        "connections"},
       {"http.server.requests_per_connection_max", server.requests_per_connection_max, "requests"},
       {"http.server.header_timeout", seconds(server.header_timeout), "seconds"},
       {"http.server.body_timeout", seconds(server.body_timeout), "seconds"},
       {"http.server.body_grace", seconds(server.body_grace), "seconds"},
       {"http.server.body_bytes_per_second_min", server.body_bytes_per_second_min, "bytes/s"},
       {"http.server.write_timeout", seconds(server.write_timeout), "seconds"},
       {"http.server.idle_timeout", seconds(server.idle_timeout), "seconds"},
       {"http.client.requests_waiting_max", client.requests_waiting_max, "requests"},
       {"http.client.connections_max", client.connections_max, "connections"},
       {"http.client.response_bytes_max", net::CallOptions().response_bytes_max, "bytes"},
       {"jose.jws_bytes_max", jose::kJwsBytesMax, "bytes"},
       {"jose.keys_max", jose::kKeysMax, "keys"},
       {"json.bytes_max", codec::JsonLimits().bytes_max, "bytes"},
       {"json.depth_max", codec::JsonLimits().depth_max, "levels"},
       {"json.members_max", codec::JsonLimits().members_max, "members"},
       {"api.idempotency_key_bytes_max", api::kIdempotencyKeyBytesMax, "bytes"},
       {"api.page_rows_max", api::kPageRowsMax, "rows"},
       {"api.keys_max", clients::kApiKeysMax, "keys"},
       {"api.key_rotation_grace_max", seconds(clients::kRotationGraceMax), "seconds"},
       {"api.key_requests_in_flight_max", ClientsSection().key_requests_in_flight_max, "requests"},
       {"api.rate_limit_max", api::kRateLimitMax, "requests/s"},
       {"api.rate_buckets_max", api::kRateBucketsMax, "addresses and keys"},
       {"command_line.answer_bytes_max", kApiAnswerBytesMax, "bytes"},
       {"command_line.tries_max", kApiTriesMax, "tries"},
       {"command_line.retry_after_max", seconds(kApiRetryAfterMax), "seconds"}});
}

void add_core(std::vector<Limit>& limits) {
  const engine::EngineOptions engine;
  const journal::SqliteJournalOptions journal;
  const flow::EffectFlowOptions flow;
  limits.insert(limits.end(),
                {{"journal.queued_bytes_max", journal.queued_bytes_max, "bytes"},
                 {"journal.group_bytes_max", journal.group_bytes_max, "bytes"},
                 {"journal.heads_file_bytes_max", journal::HeadFile::kBytesMax, "bytes"},
                 {"journal.wal_pages_max", journal.wal_pages_max, "pages"},
                 {"journal.readers_max", journal.readers_max, "connections"},
                 {"engine.inbox_commands_max", engine.inbox_commands_max, "commands"},
                 {"engine.batch_commands_max", engine.batch_commands_max, "commands"},
                 {"engine.batch_bytes_max", engine.batch_bytes_max, "bytes"},
                 {"engine.appends_in_flight_max", engine.appends_in_flight_max, "commits"},
                 {"engine.entities_max", engine.entities_max, "entities"},
                 {"engine.timers_max", engine.timers_max, "timers"},
                 {"engine.checkpoint_events_max", engine.checkpoint_events_max, "events"},
                 {"engine.receipt_retention", seconds(engine.receipt_retention), "seconds"},
                 {"engine.timer_label_bytes_max", engine::kTimerLabelBytesMax, "bytes"},
                 {"flow.in_flight_max", flow.in_flight_max, "effects"},
                 {"flow.queued_max", flow.queued_max, "records"},
                 {"flow.attempts_max", flow.attempts_max, "attempts"},
                 {"flow.keys_in_trouble_max", flow.keys_in_trouble_max, "keys"},
                 {"flow.retry_delay_max", seconds(flow.retry_delay_max), "seconds"},
                 {"log.text_bytes_max", service::kLogTextBytesMax, "bytes"},
                 {"metrics.label_sets_max", service::kLabelSetsMax, "label sets"}});
}

void add_domain(std::vector<Limit>& limits) {
  limits.insert(
      limits.end(),
      {{"ledger.name_bytes_max", ledger::kNameBytesMax, "bytes"},
       {"ledger.reference_bytes_max", ledger::kReferenceBytesMax, "bytes"},
       {"ledger.transfers_max", ledger::kTransfersMax, "transfers"},
       {"payments.amount_max", static_cast<std::uint64_t>(payments::kFasterPaymentsPenceMax),
        "pence"},
       {"payments.reference_characters_max", terms::kReferenceCharactersMax, "characters"},
       {"payments.client_reference_bytes_max", payments::kClientReferenceBytesMax, "bytes"},
       {"payments.expiry_max", seconds(payments::kExpiryMax), "seconds"},
       {"payments.resolutions_max", payments::kResolutionsMax, "looks"},
       {"operators.approval_lifetime", seconds(operators::kApprovalLifetime), "seconds"},
       {"payments.polls_max", payments::kPollsMax, "queries"},
       {"payments.hints_max", payments::kHintsMax, "queries"},
       {"payers.keys_ahead_max", keys::NestedKeyring::kAheadMax, "keys"},
       {"payers.key_versions_max", keys::NestedKeyring::kKeysMax, "keys"},
       {"payees.name_characters_max", rails::kPayeeNameCharactersMax, "characters"},
       {"payees.secondary_reference_characters_max", rails::kSecondaryReferenceCharactersMax,
        "characters"},
       {"payees.usable_for_max", seconds(payees::kUsableForMax), "seconds"},
       {"bank_events.poll_max", payments::kEventsPerPollMax, "events"},
       {"bank_events.waiting_max", payments::kEventsWaitingMax, "events"},
       {"bank_events.wait_max", seconds(payments::kEventWaitMax), "seconds"},
       {"bank_events.remembered_max", payments::kEventsRememberedMax, "events"},
       {"registration.request_lifetime",
        seconds(rails::open_banking_uk::kRegistrationRequestLifetime), "seconds"},
       {"registration.software_statement_age_max",
        seconds(rails::open_banking_uk::kSoftwareStatementAgeMax), "seconds"},
       {"registration.client_id_characters_max", rails::open_banking_uk::kClientIdCharactersMax,
        "characters"},
       {"registration.earlier_max", kEarlierRegistrationsMax, "requests"},
       {"payments.not_sent_max", payments::kNotSentMax, "attempts"}});
}

}  // namespace

void add_limits(CLI::App& program, int& exit) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand("limits", "Prints every bound with its unit.");
  command->add_flag("--json", *json, "Prints JSON");
  command->callback([json, &exit] {
    std::vector<Limit> limits;
    add_http(limits);
    add_core(limits);
    add_domain(limits);
    std::string text;
    std::vector<std::string> items;
    for (const Limit& limit : limits) {
      text += fmt::format("{:<44} {:>12} {}\n", limit.name, limit.value, limit.unit);
      items.push_back(fmt::format(R"({{"name":"{}","value":{},"unit":"{}"}})", limit.name,
                                  limit.value, limit.unit));
    }
    print(*json ? fmt::format("[{}]\n", fmt::join(items, ",")) : text);
    exit = 0;
  });
}

}  // namespace remit::app
