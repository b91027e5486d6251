#include "app/backup/make_backup.h"
#include "app/backup/restore.h"
#include "app/served_api_test.h"
#include "kit/engine/fold.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/heads/head_file.h"
#include "kit/journal/heads/head_key.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

/// Backups of a running server, and what becomes of them.
namespace remit::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Backup : public ServedApi {
 protected:
  void SetUp() override { fs::remove_all(folder_ + "/work"), fs::create_directories(work()); }

  static fs::path work() { return folder_ + "/work"; }
  static fs::path target() { return work() / "backup"; }
  static fs::path restored() { return work() / "data"; }

  std::string pay() {
    const Answer made =
        call("POST", "/v1/payments",
             R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons",)"
             R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 1"})");
    EXPECT_EQ(made.status, 201) << made.response.body;
    return made.text("id");
  }
  /// The state in which it ended.
  static std::string back_up(const fs::path& to) {
    const auto begun = ask_admin(data(), "POST", "/admin/backup",
                                 fmt::format(R"({{"directory":"{}"}})", to.string()));
    if (!begun) return begun.error().reason;
    while (true) {
      const auto status = ask_admin(data(), "GET", "/admin/backup");
      const auto document = codec::JsonDocument::parse(status.value_or("{}"), {});
      const std::string state = text_at(document->root(), "state");
      if (state == "failed") return text_at(document->root(), "error.code");
      if (state != "running") return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  static Result<RestoredMark> restore(
      std::map<journal::PartitionId, journal::Position> last_positions = {}) {
    return restore_backup({.backup = target(),
                           .data = restored(),
                           .last_positions = std::move(last_positions),
                           .by = "user:test",
                           .progress = {}},
                          SystemClock().now());
  }
  static std::string refused(const Result<RestoredMark>& mark) {
    EXPECT_FALSE(fs::exists(restored()));
    EXPECT_FALSE(fs::exists(restored().string() + ".restoring"));
    return mark ? "done" : mark.error().reason;
  }
  static unsigned mode_of(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }
  static std::uint64_t position_of(const BackupManifest& manifest, std::uint64_t partition) {
    return manifest.partitions.at(partition).position;
  }
  /// Everything that a stopped server's data can prove; the last position of the clients' partition.
  static journal::Position prove(const fs::path& data) {
    SystemClock clock;
    SystemEntropy entropy;
    auto storage = Storage::open({.directory = data}, clock, entropy);
    EXPECT_TRUE(storage) << storage.error().describe();
    const journal::HeadFile file(storage->directory.signed_heads());
    const auto heads = journal::check_heads(*storage->journal, *file.read(),
                                            *journal::load_head_public_key(file.public_key_path()));
    EXPECT_TRUE(heads && heads->faults.empty()) << heads->faults.front();
    const auto fold = engine::verify_fold(make_registry(), *storage->journal, *storage->checkpoints,
                                          journal::PartitionId(1));
    EXPECT_TRUE(fold && !fold->difference);
    return fold->head.position;
  }
  /// A server on other data, until the end of the test.
  static std::unique_ptr<Server> serve(const fs::path& data) {
    ServerConfig config = config_of_suite();
    config.data.directory = data;
    auto server = start_on(std::move(config));
    EXPECT_TRUE(server) << server.error().describe();
    return server ? *std::move(server) : nullptr;
  }
};

TEST_F(Backup, ComesBackWholeAndStarts) {
  const std::string payment = pay();
  ASSERT_EQ(back_up(target()), "done");
  const std::string later = pay();
  const auto manifest = load_manifest(target());
  ASSERT_TRUE(manifest) << manifest.error().describe();
  const auto mark = restore();
  ASSERT_TRUE(mark) << mark.error().describe();
  EXPECT_EQ(prove(restored()).value, position_of(*manifest, 1));

  const auto server = serve(restored());
  const auto get = [&](const std::string& id) {
    auto asked = request("GET", "/v1/payments/" + id);
    asked.url = server->url() + "/v1/payments/" + id;
    return send(std::move(asked));
  };
  EXPECT_EQ(get(payment).text("status"), "created") << "with the same key";
  EXPECT_THAT(get(payment).response.body, HasSubstr("Fern & Sons")) << "sealed, and opened";
  EXPECT_EQ(get(later).status, 404);
}

TEST_F(Backup, PausesWhatActsOnTheWorldOnce) {
  const auto open_endpoint = [&] {
    return call("POST", "/v1/webhook_endpoints", R"({"url":"https://shop.example/remit"})")
        .text("id");
  };
  const std::string endpoint = open_endpoint();
  const std::string deleted = open_endpoint();
  ASSERT_EQ(call("DELETE", "/v1/webhook_endpoints/" + deleted).status, 200);
  ASSERT_EQ(back_up(work() / "before"), "done");
  ASSERT_EQ(back_up(target()), "done");
  ASSERT_TRUE(restore());
  const auto paused = [](const fs::path& data) {
    const auto flows = ask_admin(data, "GET", "/admin/flows");
    return flows.value_or(flows ? "" : flows.error().describe());
  };
  {
    const auto server = serve(restored());
    EXPECT_THAT(paused(restored()),
                HasSubstr(R"("name":"submit_payments","derived":false,"paused":true)"));
    // It begins once the read model, which is made anew, has come to its endpoint; it never began unpaused.
    const std::string flow = "webhook:" + endpoint;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!paused(restored())
                .contains(fmt::format(R"("name":"{}","derived":false,"paused":true)", flow)) &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_THAT(paused(restored()),
                HasSubstr(fmt::format(R"("name":"{}","derived":false,"paused":true)", flow)));
    EXPECT_THAT(paused(restored()), testing::Not(HasSubstr(deleted)));
    EXPECT_THAT(*ask_admin(restored(), "GET", "/admin/audit?partition=1"), HasSubstr(flow));
    EXPECT_THAT(paused(restored()),
                HasSubstr(R"("name":"read_model","derived":true,"paused":false)"));
    EXPECT_THAT(*ask_admin(restored(), "GET", "/admin/audit?partition=0&by=test"),
                HasSubstr(R"("what":"data_restored")"));
    EXPECT_THAT(*ask_admin(restored(), "GET", "/admin/audit?partition=0"),
                HasSubstr(R"("what":"backup_begun")"))
        << "of the backup before, which is in this one";
    ASSERT_TRUE(ask_admin(restored(), "POST", "/admin/flows/submit_payments/resume", "{}"));
  }
  const auto again = serve(restored());
  EXPECT_THAT(paused(restored()),
              HasSubstr(R"("name":"submit_payments","derived":false,"paused":false)"));
}

TEST_F(Backup, IsForItsOwnerAlone) {
  pay();
  ASSERT_EQ(back_up(target()), "done");
  ASSERT_TRUE(restore());
  for (const fs::path& root : {target(), restored()}) {
    EXPECT_EQ(mode_of(root), 0700U) << root;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().filename() == "heads.jsonl" || entry.path().extension() == ".pub") continue;
      EXPECT_EQ(mode_of(entry), entry.is_directory() ? 0700U : 0600U) << entry.path();
    }
  }
}

TEST_F(Backup, WithoutItsManifestIsNone) {
  ASSERT_EQ(back_up(target()), "done");
  fs::remove(target() / BackupManifest::kFile);
  EXPECT_EQ(refused(restore()), "not_a_backup");
  EXPECT_EQ(back_up(target()), "target_not_empty");
}

TEST_F(Backup, ThatWasTamperedWithIsRefused) {
  pay();
  ASSERT_EQ(back_up(target()), "done");
  const fs::path journal = target() / "journal" / "journal.db";
  {
    std::fstream file(journal, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(journal) - 7));
    file.put('!');
  }
  EXPECT_EQ(refused(restore()), "backup_damaged");
  fs::remove(journal);
  EXPECT_EQ(refused(restore()), "backup_damaged");
}

TEST_F(Backup, WhoseManifestLeavesTheDirectoryIsRefused) {
  ASSERT_EQ(back_up(target()), "done");
  const fs::path manifest = target() / BackupManifest::kFile;
  std::string text = std::string(as_text(*read_file(manifest.string(), 1024UL * 1024)));
  const std::size_t at = text.find("\"journal/journal.db\"");
  text.replace(at, 20, "\"../journal.db\"");
  ASSERT_TRUE(write_file_durably(manifest.string(), as_bytes(text), 0600));
  EXPECT_EQ(refused(restore()), "backup_damaged");
}

TEST_F(Backup, OverwritesNothing) {
  ASSERT_EQ(back_up(target()), "done");
  EXPECT_EQ(back_up(target()), "target_not_empty");
  EXPECT_EQ(back_up("relative"), "target_not_absolute");
  fs::create_directories(restored());
  std::ofstream(restored() / "mine") << "kept";
  const auto mark = restore();
  ASSERT_FALSE(mark);
  EXPECT_EQ(mark.error().reason, "target_not_empty");
  EXPECT_TRUE(fs::exists(restored() / "mine"));
}

TEST_F(Backup, GoesBackToAPosition) {
  const std::string payment = pay();
  // Heads are signed at the start and at the end: now there is one of the payment that comes.
  const std::string kept = positions();
  const std::string dropped = pay();
  restart();
  ASSERT_EQ(back_up(target()), "done");
  const std::uint64_t last = std::strtoull(kept.substr(kept.find(' ') + 1).c_str(), nullptr, 10);
  EXPECT_EQ(refused(restore({{journal::PartitionId(9), journal::Position(1)}})),
            "partition_unknown");
  EXPECT_EQ(refused(restore({{journal::PartitionId(1), journal::Position(1'000'000)}})),
            "position_beyond_end");
  const auto mark = restore({{journal::PartitionId(1), journal::Position(last)}});
  ASSERT_TRUE(mark) << mark.error().describe();
  EXPECT_EQ(mark->partitions.at(1).position, last);
  EXPECT_GT(mark->partitions.at(1).events_removed, 0U);
  EXPECT_GT(mark->partitions.at(1).heads_dropped, 0U);
  EXPECT_TRUE(fs::exists(restored() / "heads.cut.jsonl"));
  EXPECT_EQ(prove(restored()).value, last);
  const auto server = serve(restored());
  auto asked = request("GET", "");
  asked.url = server->url() + "/v1/payments/" + payment;
  EXPECT_EQ(send(asked).status, 200);
  asked.url = server->url() + "/v1/payments/" + dropped;
  EXPECT_EQ(send(asked).status, 404);
}

/// A file size limit stands in for a full disk: what is written beyond it fails.
TEST_F(Backup, ThatFindsNoRoomLeavesNothing) {
  pay();
  const fs::path source = data();
  // The limit is the whole process's: nobody else may write meanwhile.
  server_.reset();
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{.rlim_cur = 16UL * 1024, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  BackupProgress progress;
  const auto made = make_backup({.data = source, .heads = source / "heads.jsonl"}, target(),
                                Timestamp(), progress);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, ignored);
  EXPECT_FALSE(made);
  EXPECT_FALSE(fs::exists(target()));
  restart();
}

}  // namespace
}  // namespace remit::app
