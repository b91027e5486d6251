#include "kit/base/planted.h"
#include "kit/flow/effect_flow.h"
#include "kit/flow/effect_flow_mailbox.h"
#include "kit/flow/limits.h"

#include <fmt/format.h>

#include <algorithm>

/// What becomes of a record that an effect was given: finished, tried again, or a dead letter, each journalled.
namespace remit::flow {

void EffectFlow::run(Record record, std::uint32_t attempts, bool announced, Cursor read_as) {
  if (careful_) {
    if (read_as == saved_.suspect && saved_.suspect_starts >= kCrashesMax) {
      Error error{ErrorCode::Internal,
                  "process_crashed",
                  fmt::format("The process ended {} times while this record was handled; see its "
                              "logs before you redrive it.",
                              saved_.suspect_starts),
                  {},
                  nullptr};
      complete({std::move(record), attempts, announced, read_as, Failed{std::move(error)}});
      return;
    }
    note_suspect(read_as);
  }
  auto kept = std::make_shared<Record>(std::move(record));
  ports_.effect.start(
      *kept, attempts,
      [this, kept, attempts, announced, read_as, mailbox = mailbox_](EffectOutcome outcome) {
        mailbox->post(
            [this, kept, attempts, announced, read_as, outcome = std::move(outcome)]() mutable {
              complete({std::move(*kept), attempts, announced, read_as, std::move(outcome)});
            });
      });
}

void EffectFlow::complete(Completion completion) {
  if (auto* retried = std::get_if<Retry>(&completion.outcome)) {
    if (completion.attempts + 1 < options_.attempts_max) return retry(completion, *retried);
    return dead_letter(completion, std::move(retried->error));
  }
  if (auto* failed = std::get_if<Failed>(&completion.outcome)) {
    return dead_letter(completion, std::move(failed->error));
  }
  const TypeId key = completion.record.key;
  ++finished_count_;
  if (completion.announced && !planted(Bug::FinishUnsaid)) {
    const Cursor read_as = completion.read_as;
    journal(FinishRecord{options_.name, key, completion.record.cursor},
            [this, read_as] { settle(read_as); });
  } else {
    settle(completion.read_as);
  }
  go_on(key);
}

void EffectFlow::go_on(const TypeId& key) {
  if (std::optional<Record> next = lanes_.finished(key)) {
    const Cursor cursor = next->cursor;
    return run(std::move(*next), 0, false, cursor);
  }
  run_deferred(key);
}

void EffectFlow::run_deferred(const TypeId& key) {
  const auto found = deferred_.find(key);
  if (found == deferred_.end() || lanes_.is_under_way(key)) return;
  const Announced announced = found->second;
  deferred_.erase(found);
  announce(key, announced);
}

void EffectFlow::retry(Completion& completion, const Retry& retried) {
  ++retry_count_;
  const std::uint32_t attempts = completion.attempts + 1;
  const TypeId key = completion.record.key;
  const Timestamp due = ports_.host.clock().now() + delay_before_attempt(attempts, retried.after);
  const std::vector<Record> behind = lanes_.failed(key, completion.record.cursor);
  journal(ScheduleRetry{options_.name, key, completion.record.cursor, attempts, due,
                        retried.error.describe()},
          [this, read_as = completion.read_as] { settle(read_as); });
  for (const Record& record : behind) park(record);
  run_deferred(key);
}

void EffectFlow::dead_letter(Completion& completion, Error error) {
  ++dead_letter_count_;
  const TypeId key = completion.record.key;
  if (planted(Bug::DeadLetterDropped)) {
    settle(completion.read_as);
    return go_on(key);
  }
  journal(CreateDeadLetter{options_.name, key, completion.record.cursor, completion.record.type,
                           completion.attempts + 1, error.reason, error.describe(),
                           options_.after_dead_letter},
          [this, read_as = completion.read_as] { settle(read_as); });
  if (options_.after_dead_letter == AfterDeadLetter::Skip) return go_on(key);
  for (const Record& record : lanes_.failed(key, completion.record.cursor)) park(record);
  run_deferred(key);
}

void EffectFlow::park(const Record& record) {
  journal(ParkRecord{options_.name, record.key, record.cursor},
          [this, cursor = record.cursor] { settle(cursor); });
}

void EffectFlow::settle(Cursor read_as) {
  const auto erased = unfinished_.erase(read_as);
  CHECK(erased == 1, "{} settled record {} twice", options_.name, read_as.value);
  settled_since_saved_ = true;
}

Duration EffectFlow::delay_before_attempt(std::uint32_t attempts, std::optional<Duration> asked) {
  const std::uint32_t doublings = std::min<std::uint32_t>(attempts - 1, 20);
  const Duration cap =
      std::min<Duration>(options_.retry_delay_max, options_.retry_delay_min * (1LL << doublings));
  const auto span = static_cast<std::uint64_t>(cap.count());
  // Half of the delay is drawn, so that what failed together does not come back together.
  const auto jittered =
      Duration(static_cast<std::int64_t>(span / 2 + ports_.random.below(span / 2 + 1)));
  return std::max(jittered, asked.value_or(Duration{0}));
}

template <class C>
void EffectFlow::journal(const C& command, std::move_only_function<void()> then) {
  std::deque<Said>& queue = to_say_[command.key];
  queue.push_back({engine::encode_command(command), std::move(then)});
  if (queue.size() == 1) say(command.key);
}

void EffectFlow::say(const TypeId& key) {
  engine::CommandContext context;
  context.command = TypeId::make("cmd", ports_.host.clock().now(), ports_.random);
  context.actor = "flow:" + options_.name;
  ports_.engine.submit(std::move(context), to_say_.at(key).front().command,
                       [this, key, mailbox = mailbox_](Result<engine::Answered> answer) {
                         mailbox->post([this, key, answer = std::move(answer)]() mutable {
                           said(key, std::move(answer));
                         });
                       });
}

void EffectFlow::said(const TypeId& key, Result<engine::Answered> answer) {
  const auto found = to_say_.find(key);
  if (!answer) {
    // Every command of a flow may be said twice: the rules see that it happened.
    say_trouble_ = answer.error().describe();
    const std::uint32_t doublings = std::min(found->second.front().tries++, 8U);
    const Duration delay = std::min<Duration>(std::chrono::milliseconds(50) * (1 << doublings),
                                              std::chrono::seconds(5));
    return after(delay, [this, key] { say(key); });
  }
  say_trouble_.clear();
  std::move_only_function<void()> then = std::move(found->second.front().then);
  found->second.pop_front();
  if (found->second.empty()) {
    to_say_.erase(found);
  } else {
    say(key);
  }
  then();
}

}  // namespace remit::flow
