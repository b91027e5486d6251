#pragma once

#include "app/backup/backup_job.h"
#include "app/bank_events.h"
#include "app/banks.h"
#include "app/certificate_watch.h"
#include "app/core.h"
#include "app/key_follower.h"
#include "app/partition_flows.h"
#include "app/payee_verification.h"
#include "app/server_config.h"
#include "kit/flow/sqlite/sqlite_checkpoint_table.h"
#include "kit/journal/heads/head_recorder.h"
#include "kit/net/server.h"
#include "kit/service/health.h"
#include "kit/service/log.h"
#include "kit/service/metrics.h"
#include "pay/api/gateway.h"
#include "pay/clients/authenticate.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remit::app {

class AdminRoutes;

/// A whole Remit in one process: the embedded shape. It chooses the drivers and wires the parts; what each does is in its
/// own folder.
class Server {
 public:
  struct Ports {
    Clock& clock;
    Entropy& entropy;
    service::Log& log;
    /// Called once when the disk failed under the journal, on whichever thread saw it: nothing is taken any more, and the
    /// process should end, so that the next one finds out what the disk holds.
    std::function<void()> on_journal_failed = {};
    /// Called when another process took over a partition of the same journal: this one should end.
    std::function<void()> on_taken_over = {};
  };

  /// Opens the data, recovers, and serves. Fails with whatever part cannot start; nothing is left running.
  static Result<std::unique_ptr<Server>> start(ServerConfig config, Ports ports);
  ~Server();

  std::uint16_t port() const { return http_->port(); }
  std::string url() const;
  bool has_tls() const { return !config_.http.tls_certificate.empty(); }

  /// Takes changed certificates and keys into use, also other files and key ids that this configuration names for the same
  /// banks. Everything else of it waits for a restart. Thread safe.
  void reload(const ServerConfig& config);

  // The orderly end, in this order.
  void set_draining() { health_.set_draining(); }
  void drain_http(Duration patience);
  void stop_flows();
  void drain_engines();

 private:
  friend class AdminRoutes;
  Server(ServerConfig config, Ports ports, Storage storage);
  Result<void> open_heads();
  Result<void> open_engines();
  Result<void> open_flows();
  void open_bank_events();
  Result<void> open_api();
  /// Of the API itself; empty without TLS.
  std::vector<WatchedFiles> own_files(const HttpSection& section);
  /// Of a data directory that comes from a backup: the journal does not know what happened since.
  Result<void> note_restore();
  /// Journals by which rules operators work from now on, where that is a change.
  Result<void> adopt_policy();
  void add_metrics();
  void add_http_metrics();
  void add_certificate_metrics();
  void add_health();
  void on_durable(journal::PartitionId partition);
  void handle(net::HttpRequest request, net::Responder respond);
  Result<Bytes> receipt_key();
  std::filesystem::path heads_file() const;

  ServerConfig config_;
  Ports ports_;
  service::Logger log_;
  Storage storage_;
  const engine::Registry registry_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<journal::HeadRecorder> heads_;
  codec::Sealer sealer_;
  clients::KeyTable keys_;
  KeyFollower key_follower_;
  bool following_keys_ = false;
  std::unique_ptr<engine::Engines> engines_;
  std::unique_ptr<flow::SqliteCheckpointTable> flow_checkpoints_;
  Banks banks_;
  std::unique_ptr<net::CurlClient> webhook_client_;
  terms::ModulusTable modulus_;
  std::vector<std::unique_ptr<PartitionFlows>> flows_;
  std::unique_ptr<BankEvents> bank_events_;
  std::unique_ptr<PayeeVerification> payee_verification_;  ///< nullptr: payees are not verified.
  std::mutex followers_mutex_;
  bool followers_ready_ = false;
  service::Metrics metrics_;
  service::Family<service::Histogram>& request_seconds_ = metrics_.histogram(
      {"remit_http_request_seconds", "From a request read to its answer.", {"method"}});
  service::Family<service::Counter>& request_count_ =
      metrics_.counter({"remit_http_requests_total", "Requests answered.", {"method", "status"}});
  service::Health health_;
  std::unique_ptr<api::Gateway> gateway_;
  net::Router public_routes_;  ///< Probes and metrics, which need no key.
  std::unique_ptr<BackupJob> backup_;
  std::unique_ptr<AdminRoutes> admin_operations_;
  net::Router admin_routes_;
  std::unique_ptr<net::HttpServer> admin_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<CertificateWatch> certificates_;
};

}  // namespace remit::app
