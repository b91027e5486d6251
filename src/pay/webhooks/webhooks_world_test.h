#pragma once

#include "kit/engine/engine_world_test.h"
#include "kit/flow/derived_flow.h"
#include "kit/flow/read_model.h"
#include "pay/api/facts.h"
#include "pay/webhooks/dispatcher.h"
#include "pay/webhooks/read_tables.h"
#include "pay/webhooks/signature.h"

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <unistd.h>

namespace remit::webhooks {

/// What a receiver was posted.
struct Posted {
  std::string url;
  std::string id;
  std::string timestamp;
  std::string signatures;
  std::string body;
};

/// The network and the receivers behind it: every request is kept and answered by the script, or held back.
class ScriptedReceivers final : public net::HttpClient {
 public:
  using Answer = Result<net::HttpResponse>;
  void send(net::ClientRequest request, Callback callback) override {
    const auto field = [&](std::string_view name) {
      return std::string(request.headers.find(name).value_or(""));
    };
    posted.push_back({request.url, field("webhook-id"), field("webhook-timestamp"),
                      field("webhook-signature"), request.body});
    if (held) return waiting.push_back(std::move(callback));
    callback(answer ? answer(posted.back()) : Answer(net::HttpResponse{.status = 200}));
  }
  void answer_held(int status) {
    for (auto& callback : std::exchange(waiting, {})) callback(net::HttpResponse{.status = status});
  }
  /// The ids that were posted, in order.
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const Posted& one : posted) ids.push_back(one.id);
    return ids;
  }

  std::vector<Posted> posted;
  std::function<Answer(const Posted&)> answer;
  bool held = false;
  std::vector<Callback> waiting;
};

/// Checkpoints on a disk that takes none of some flows while `refuses` says so.
class RefusingCheckpoints final : public flow::CheckpointTable {
 public:
  Result<flow::Checkpoint> load(std::string_view flow) override { return real_.load(flow); }
  Result<void> save(std::string_view flow, const flow::Checkpoint& checkpoint) override {
    if (refuses && refuses(flow)) return fail(ErrorCode::Unavailable, "disk_full", "ENOSPC");
    return real_.save(flow, checkpoint);
  }
  std::function<bool(std::string_view flow)> refuses;

 private:
  flow::MemoryCheckpointTable real_;
};

/// Webhooks over the counters of the engine's tests, in virtual time: each change of a counter is a fact of the client.
class WebhooksWorld : public testing::Test {
 protected:
  WebhooksWorld() {
    register_kinds(world.registry);
    flow::register_kinds(world.registry);
    world.restart();
    path_ = (std::filesystem::temp_directory_path() /
             fmt::format("remit-webhooks-{}.db", static_cast<long>(::getpid())))
                .string();
    remove_files();
    start();
  }
  ~WebhooksWorld() override {
    stop();
    remove_files();
  }

  void start() {
    std::vector<std::unique_ptr<flow::ReadTables>> tables;
    tables.push_back(make_read_tables());
    tables.push_back(api::make_fact_tables({counter_facts()}));
    model =
        *flow::ReadModel::open(world.registry, {path_, {"ctr", "whe", "whd"}}, std::move(tables));
    start_dispatcher();
    read_flow =
        std::make_unique<flow::DerivedFlow>(flow::DerivedFlow::Ports{source, *model, world.host});
    read_flow->on_progress([this](flow::Cursor) { dispatcher->wake(); });
    ASSERT_TRUE(read_flow->start());
    run();
  }
  void start_dispatcher() {
    dispatcher = *Dispatcher::start(
        {*world.engine, world.journal, checkpoints, receivers, sealer, world.host, entropy}, path_,
        policy);
  }
  void stop() {
    if (read_flow) read_flow->stop();
    if (dispatcher) dispatcher->stop();
    dispatcher.reset();
    read_flow.reset();
    model.reset();
  }
  /// The process ends where it stands and begins again.
  void crash() {
    stop();
    receivers.waiting.clear();
    world.restart();
    start();
  }
  /// Until nothing is to be done but waiting.
  void run(Duration time = std::chrono::milliseconds(200)) {
    world.run();
    for (int i = 0; i < 4; ++i) {
      read_flow->wake();
      world.host.advance(time / 4);
    }
  }

  template <engine::Command C>
  Result<typename C::Answer> ask(C command) {
    engine::CommandContext context = world.context();
    context.client = client;
    const engine::HeardPtr heard = world.submit(std::move(context), std::move(command));
    world.run();
    if (!heard->ok()) return std::unexpected(heard->answer->error());
    return codec::decode<typename C::Answer>((*heard->answer)->body);
  }
  SigningKey key(SignatureScheme scheme = SignatureScheme::HmacSha256) {
    return {.id = world.id("whk"),
            .scheme = scheme,
            .secret = *sealer.seal(client, make_secret(scheme, entropy))};
  }
  TypeId open_endpoint(std::string url = "https://shop.example/hook",
                       std::vector<std::string> types = {}) {
    const auto made =
        ask(CreateEndpoint{world.id("whe"), {std::move(url), std::move(types), ""}, key()});
    EXPECT_TRUE(made) << made.error().describe();
    run();
    return made->id;
  }
  /// Makes facts of one counter.
  void change(const TypeId& counter, std::uint32_t times = 1) {
    ASSERT_TRUE(ask(engine::tally::Add{counter, 1, times}));
  }
  Delivery delivery(const TypeId& endpoint, const std::string& event) {
    return world.look<Delivery>(delivery_id(endpoint, *TypeId::parse(event))).value_or(Delivery{});
  }
  WebhookEndpoint endpoint(const TypeId& id) {
    return world.look<WebhookEndpoint>(id).value_or(WebhookEndpoint{});
  }
  std::string secret_of(const TypeId& id, std::size_t index = 0) {
    return *sealer.open(endpoint(id).keys.at(index).secret);
  }
  /// Of the read model.
  const std::string& rows_file() const { return path_; }
  static ScriptedReceivers::Answer status(int code) { return net::HttpResponse{.status = code}; }

  engine::World world;
  ClientId client = world.client;
  DeliveryPolicy policy;
  SeededEntropy entropy{1};
  codec::MemoryKeyring keyring{entropy};
  codec::Sealer sealer{keyring, entropy};
  RefusingCheckpoints checkpoints;
  ScriptedReceivers receivers;
  flow::JournalSource source{world.journal, engine::World::kPartition};
  std::unique_ptr<flow::ReadModel> model;
  std::unique_ptr<flow::DerivedFlow> read_flow;
  std::unique_ptr<Dispatcher> dispatcher;

 private:
  static api::FactSource counter_facts() {
    static constexpr std::array<std::string_view, 1> kTypes = {"counter.changed.v1"};
    return {kTypes, [](const flow::Record& record, const void* state) -> std::optional<api::Fact> {
              if (record.type != engine::tally::CounterChanged::kType.name) return std::nullopt;
              const auto& counter = *static_cast<const engine::tally::Counter*>(state);
              return api::Fact{kTypes.front(), record.cause.client, codec::to_json(counter)};
            }};
  }
  void remove_files() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }
  std::string path_;
};

}  // namespace remit::webhooks
