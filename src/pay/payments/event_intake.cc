#include "pay/payments/event_intake.h"

#include "pay/payments/read_tables.h"

#include <fmt/format.h>

namespace remit::payments {

std::string EventIntake::key_of(const Work& work) {
  return work.origin.bank + " " + work.event.id;
}

bool EventIntake::was_noted(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return noted_.contains(key);
}

void EventIntake::remember(std::string key) {
  const std::lock_guard lock(mutex_);
  if (!noted_.insert(key).second) return;
  noted_in_order_.push_back(std::move(key));
  if (noted_in_order_.size() <= kEventsRememberedMax) return;
  noted_.erase(noted_in_order_.front());
  noted_in_order_.pop_front();
}

void EventIntake::take(const EventOrigin& origin, const rails::BankEvent& event, Done done) {
  if (event.bank_payment_id.empty()) return done(EventOutcome::OfNoPayment);
  auto work = std::make_shared<Work>(Work{origin, event, std::move(done)});
  if (was_noted(key_of(*work))) return work->done(EventOutcome::Repeated);
  look_in(work, 0);
}

void EventIntake::look_in(const WorkPtr& work, std::size_t partition) {
  if (partition == partitions_.size()) return work->done(EventOutcome::Unmatched);
  const bool asked = partitions_[partition].queries.ask([this, work,
                                                         partition](sqlite::Database& database) {
    auto found = find_bank_payment(database, work->origin.rails, work->event.bank_payment_id);
    if (!found) {
      return work->done(std::unexpected(std::move(found).error().wrap(
          ErrorCode::Unavailable, "state_unreadable",
          "Payments cannot be looked for at present; the event is taken when it comes again.")));
    }
    if (!*found) return look_in(work, partition + 1);
    note(work, partition, **found);
  });
  if (asked) return;
  work->done(fail(ErrorCode::Unavailable, "overloaded",
                  "Too many queries wait; the event is taken when it comes again."));
}

void EventIntake::note(const WorkPtr& work, std::size_t partition, const TypeId& payment) {
  engine::CommandContext context;
  // Derived, so that the journal shows when an event was taken twice.
  context.command = TypeId::derive("cmd", payment, "event " + work->event.id);
  context.actor = fmt::format("bank:{}", work->origin.bank);
  partitions_[partition].engine.submit(std::move(context), NoteBankEvent{payment, work->event.id},
                                       [this, work](const Result<engine::Answered>& answer) {
                                         // What may or may not be durable comes again, which does no harm.
                                         if (!answer)
                                           return work->done(std::unexpected(answer.error()));
                                         remember(key_of(*work));
                                         work->done(EventOutcome::Noted);
                                       });
}

}  // namespace remit::payments
