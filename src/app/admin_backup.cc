#include "app/admin_answers.h"
#include "app/admin_routes.h"

namespace remit::app {

struct BackupRequest {
  std::string directory;
};
BOOST_DESCRIBE_STRUCT(BackupRequest, (), (directory))

namespace {

std::string to_json(const BackupJob::Status& status) {
  std::string text =
      fmt::format(R"({{"state":"{}","target":{},"bytes_done":{},"bytes_total":{})", status.state,
                  codec::to_json(status.target), status.bytes_done, status.bytes_total);
  if (status.error) {
    text += fmt::format(R"(,"error":{{"code":"{}","message":{}}})", status.error->reason,
                        codec::to_json(status.error->message));
  }
  if (status.manifest) {
    text += fmt::format(R"(,"made_at":{},"files":{},"partitions":{})",
                        codec::to_json(status.manifest->made_at), status.manifest->files.size(),
                        codec::to_json(status.manifest->partitions));
  }
  return text + "}";
}

}  // namespace

void AdminRoutes::add_backup(net::Router& router) {
  router.add("GET", "/admin/backup", [this](net::RoutedRequest, net::Responder respond) {
    respond(net::json_response(200, to_json(server_.backup_->status())));
  });
  router.add(
      "POST", "/admin/backup", [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto asked = codec::from_json<BackupRequest>(routed.request.body);
        if (!asked) return refuse(std::move(respond), asked.error());
        const Result<void> begun = server_.backup_->begin(asked->directory);
        if (!begun) return refuse(std::move(respond), begun.error());
        record_act(routed, "backup_begun", asked->directory,
                   net::json_response(202, to_json(server_.backup_->status())), std::move(respond));
      });
}

}  // namespace remit::app
