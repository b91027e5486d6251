#include "app/server.h"

/// What a server shows of itself: probes, metrics, and the time that each request took.
namespace remit::app {
namespace {

using Kind = service::Metrics::Kind;

}  // namespace

void Server::handle(net::HttpRequest request, net::Responder respond) {
  const bool open =
      request.path == "/livez" || request.path == "/readyz" || request.path == "/metrics";
  if (open) return public_routes_.handle(std::move(request), std::move(respond));
  const Monotonic begun = ports_.clock.monotonic();
  std::string method = request.method;
  gateway_->handle(std::move(request),
                   [this, begun, method = std::move(method),
                    respond = std::move(respond)](net::HttpResponse response) mutable {
                     const std::chrono::duration<double> took = ports_.clock.monotonic() - begun;
                     request_seconds_.with({method}).observe(took.count());
                     request_count_.with({method, std::to_string(response.status)}).add();
                     respond(std::move(response));
                   });
}

void Server::add_health() {
  health_.add(service::Probe::Live, "engines", [this]() -> Result<void> {
    for (const auto& engine : engines_->all()) {
      if (auto halted = engine->stats().halted) return std::unexpected(*halted);
    }
    return {};
  });
  health_.add(service::Probe::Ready, "engines", [this]() -> Result<void> {
    for (const auto& engine : engines_->all()) {
      const engine::EngineStats stats = engine->stats();
      if (!stats.recovering) continue;
      if (stats.trouble) return std::unexpected(*stats.trouble);
      return fail(ErrorCode::Unavailable, "recovering", "A partition reads its journal again.");
    }
    return {};
  });
  health_.add(service::Probe::Ready, "payer_keys", [this] { return storage_.keyring->check(); });
  health_.add_routes(public_routes_);
  public_routes_.add("GET", "/metrics", [this](net::RoutedRequest, net::Responder respond) {
    net::HttpResponse response;
    response.headers.add("Content-Type", std::string(service::Metrics::kContentType));
    response.body = metrics_.exposition();
    respond(std::move(response));
  });
}

void Server::add_metrics() {
  const auto of_engines = [this](Kind kind, std::string name, std::string help, auto read) {
    metrics_.at_scrape(kind, {std::move(name), std::move(help), {"partition"}}, [this, read] {
      std::vector<service::Sample> samples;
      for (const auto& engine : engines_->all()) {
        samples.push_back({{std::to_string(engine->partition().value)},
                           static_cast<double>(read(engine->stats()))});
      }
      return samples;
    });
  };
  using Stats = engine::EngineStats;
  of_engines(Kind::Counter, "remit_engine_commands_total", "Commands decided.",
             [](const Stats& stats) { return stats.commands_decided; });
  of_engines(Kind::Counter, "remit_engine_refusals_total", "Commands refused by the rules.",
             [](const Stats& stats) { return stats.commands_refused; });
  of_engines(Kind::Counter, "remit_engine_receipts_hit_total", "Requests answered from a receipt.",
             [](const Stats& stats) { return stats.receipts_hit; });
  of_engines(Kind::Counter, "remit_engine_events_total", "Events appended.",
             [](const Stats& stats) { return stats.events; });
  of_engines(Kind::Counter, "remit_engine_recoveries_total", "Times the states were rebuilt.",
             [](const Stats& stats) { return stats.recoveries; });
  of_engines(Kind::Counter, "remit_engine_checkpoint_failures_total",
             "Times that a checkpoint of the states could not be written.",
             [](const Stats& stats) { return stats.checkpoint_failures; });
  of_engines(Kind::Gauge, "remit_engine_recovering",
             "1 while nothing is decided because the journal cannot be written or read.",
             [](const Stats& stats) { return stats.recovering ? 1 : 0; });
  of_engines(Kind::Gauge, "remit_engine_commands_waiting", "Commands in the queue.",
             [](const Stats& stats) { return stats.commands_waiting; });
  of_engines(Kind::Gauge, "remit_engine_timers_waiting", "Timers set.",
             [](const Stats& stats) { return stats.timers_waiting; });
  of_engines(Kind::Gauge, "remit_engine_timers_unreadable",
             "Timers that are due and cannot be read; each is tried again within ten seconds.",
             [](const Stats& stats) { return stats.timers_unreadable; });
  of_engines(Kind::Gauge, "remit_engine_position", "The last durable position.",
             [](const Stats& stats) { return stats.head.position.value; });

  const auto of_disk = [this](std::string name, std::string help, auto read) {
    metrics_.at_scrape(Kind::Gauge, {std::move(name), std::move(help), {}}, [this, read] {
      std::error_code ignored;
      const std::filesystem::space_info space =
          std::filesystem::space(storage_.directory.path(), ignored);
      return std::vector<service::Sample>{{{}, static_cast<double>(read(space))}};
    });
  };
  of_disk("remit_data_disk_available_bytes", "Free on the data directory's disk, for the server.",
          [](const std::filesystem::space_info& space) { return space.available; });
  of_disk("remit_data_disk_size_bytes", "Of the data directory's disk.",
          [](const std::filesystem::space_info& space) { return space.capacity; });

  using HeadStats = journal::HeadRecorder::Stats;
  const auto of_heads = [this](std::string name, std::string help, auto read) {
    metrics_.at_scrape(Kind::Counter, {std::move(name), std::move(help), {}}, [this, read] {
      return std::vector<service::Sample>{{{}, static_cast<double>(read(heads_->stats()))}};
    });
  };
  of_heads("remit_signed_heads_total", "Heads of the journal signed and written.",
           [](const HeadStats& stats) { return stats.recorded; });
  of_heads("remit_signed_head_failures_total", "Times that heads could not be written.",
           [](const HeadStats& stats) { return stats.failures; });

  metrics_.at_scrape(
      Kind::Counter,
      {"remit_http_rate_limited_total", "Requests refused by a limit of their rate.", {}}, [this] {
        const auto refused = static_cast<double>(gateway_->rate_limits().refused_total());
        return std::vector<service::Sample>{{{}, refused}};
      });
  metrics_.at_scrape(Kind::Counter,
                     {"remit_http_concurrency_limited_total",
                      "Requests refused since too many of their key were under way.",
                      {}},
                     [this] {
                       const auto refused =
                           static_cast<double>(gateway_->in_flight().refused_total());
                       return std::vector<service::Sample>{{{}, refused}};
                     });
  add_http_metrics();
  metrics_.at_scrape(
      Kind::Counter, {"remit_backups_total", "Backups since the start.", {"outcome"}}, [this] {
        const BackupJob::Status status = backup_->status();
        return std::vector<service::Sample>{{{"done"}, static_cast<double>(status.done)},
                                            {{"failed"}, static_cast<double>(status.failed)}};
      });
  metrics_.at_scrape(
      Kind::Gauge,
      {"remit_backup_last_done_timestamp_seconds", "When the last backup began; 0: none yet.", {}},
      [this] {
        const auto since = backup_->status().last_done_at.time_since_epoch();
        return std::vector<service::Sample>{{{}, std::chrono::duration<double>(since).count()}};
      });

  const auto of_flows = [this](Kind kind, std::string name, std::string help, auto read) {
    metrics_.at_scrape(kind, {std::move(name), std::move(help), {"flow"}}, [this, read] {
      std::vector<service::Sample> samples;
      for (const auto& flows : flows_) {
        for (const FlowControl& control : flows->controls()) {
          const flow::FlowStatus status = control.status();
          samples.push_back({{status.name}, static_cast<double>(read(status))});
        }
      }
      return samples;
    });
  };
  using Status = flow::FlowStatus;
  of_flows(Kind::Gauge, "remit_flow_lag_records", "Records not finished.",
           [](const Status& status) { return status.lag_records; });
  of_flows(Kind::Gauge, "remit_flow_lag_seconds", "Age of the oldest record not finished.",
           [](const Status& status) { return std::chrono::duration<double>(status.lag).count(); });
  of_flows(Kind::Gauge, "remit_flow_standing_still",
           "1 while a flow stands still: what it needs cannot be read or written.",
           [](const Status& status) { return status.trouble.empty() ? 0 : 1; });
  of_flows(Kind::Gauge, "remit_flow_in_flight", "Effects under way.",
           [](const Status& status) { return status.in_flight; });
  of_flows(Kind::Gauge, "remit_flow_keys_in_trouble", "Keys that wait for a retry or an operator.",
           [](const Status& status) { return status.keys_in_trouble; });
  of_flows(Kind::Counter, "remit_flow_records_total", "Records finished.",
           [](const Status& status) { return status.records_finished; });
  of_flows(Kind::Counter, "remit_flow_retries_total", "Retries.",
           [](const Status& status) { return status.retries; });
  of_flows(Kind::Counter, "remit_flow_dead_letters_total", "Records that failed for good.",
           [](const Status& status) { return status.dead_letters; });
}

void Server::add_http_metrics() {
  const auto of_http = [this](Kind kind, std::string name, std::string help, auto read) {
    metrics_.at_scrape(kind, {std::move(name), std::move(help), {}}, [this, read] {
      return std::vector<service::Sample>{{{}, static_cast<double>(read(http_->stats()))}};
    });
  };
  of_http(Kind::Gauge, "remit_http_connections", "Open now.",
          [](const net::ServerStats& stats) { return stats.connections; });
  of_http(Kind::Counter, "remit_http_connections_total", "Accepted.",
          [](const net::ServerStats& stats) { return stats.connections_total; });
  const auto by_reason = [this](std::string name, std::string help, auto read) {
    metrics_.at_scrape(Kind::Counter, {std::move(name), std::move(help), {"reason"}}, [this, read] {
      std::vector<service::Sample> samples;
      for (const auto& [reason, count] : read(http_->stats())) {
        samples.push_back({{reason}, static_cast<double>(count)});
      }
      return samples;
    });
  };
  by_reason("remit_http_connections_ended_total", "Connections closed by the server's bounds.",
            [](const net::ServerStats& stats) { return stats.connections_ended; });
  by_reason("remit_http_requests_refused_total",
            "Requests refused before they were read: malformed, too large, too slow.",
            [](const net::ServerStats& stats) { return stats.requests_refused; });
}

void Server::add_certificate_metrics() {
  metrics_.at_scrape(Kind::Gauge,
                     {"remit_certificate_expiry_timestamp_seconds",
                      "When the certificate in use ends; of authorities, the next of them.",
                      {"bank", "kind"}},
                     [this] {
                       std::vector<service::Sample> samples;
                       for (const auto& stats : certificates_->stats()) {
                         for (const auto& [kind, at] : stats.expiries) {
                           const std::chrono::duration<double> since = at.time_since_epoch();
                           samples.push_back({{stats.bank, kind}, since.count()});
                         }
                       }
                       return samples;
                     });
  metrics_.at_scrape(Kind::Counter,
                     {"remit_certificate_changes_total",
                      "Changed certificates or keys, taken into use or refused.",
                      {"bank", "use", "outcome"}},
                     [this] {
                       std::vector<service::Sample> samples;
                       for (const auto& stats : certificates_->stats()) {
                         samples.push_back({{stats.bank, stats.use, "taken"},
                                            static_cast<double>(stats.taken_total)});
                         samples.push_back({{stats.bank, stats.use, "refused"},
                                            static_cast<double>(stats.refused_total)});
                       }
                       return samples;
                     });
  metrics_.at_scrape(Kind::Gauge,
                     {"remit_certificate_files_unusable",
                      "1 while the files cannot be used and the ones before them are.",
                      {"bank", "use"}},
                     [this] {
                       std::vector<service::Sample> samples;
                       for (const auto& stats : certificates_->stats()) {
                         samples.push_back({{stats.bank, stats.use}, stats.unusable ? 1.0 : 0.0});
                       }
                       return samples;
                     });
}

}  // namespace remit::app
