#include "pay/payments/limits.h"
#include "pay/payments/payment_effect.h"

/// Tokens that had no more time when they were to be used.
namespace remit::payments {

void PaymentEffect::with_live_token(const WorkPtr& work, std::move_only_function<void()> then) {
  const Payment& payment = work->payment;
  const Duration left = payment.access_expires_at - ports_.clock.now();
  if (payment.refresh_token.empty() || left >= kTokenRefreshedBefore) {
    refreshed_.forget(payment.id);
    return then();
  }
  if (const auto held = refreshed_.find(payment.id)) {
    // It may have no time left either by now.
    return keep_refreshed(work, *held, [this, work, then = std::move(then)]() mutable {
      with_live_token(work, std::move(then));
    });
  }
  Result<std::string> token = ports_.sealer.open(payment.refresh_token);
  if (!token) return fail(work, std::move(token).error());
  work->rail->refresh(std::move(*token), [this, work, left, then = std::move(then)](
                                             Result<rails::Authorisation> renewed) mutable {
    if (renewed) {
      // Before anything can fail: many banks take a refresh token once.
      refreshed_.hold(work->payment.id, *renewed);
      return keep_refreshed(work, *renewed, std::move(then));
    }
    const bool unheard =
        renewed.error().transient() || renewed.error().code == ErrorCode::OutcomeUnknown;
    if (!unheard || left > Duration{0}) return then();
    work->done(flow::Retry{std::move(renewed).error(), std::nullopt});
  });
}

void PaymentEffect::keep_refreshed(const WorkPtr& work, const rails::Authorisation& renewed,
                                   std::move_only_function<void()> then) {
  const TypeId& owner = work->payment.sealing_owner();
  auto access = ports_.sealer.seal(owner, renewed.access_token);
  auto refresh = ports_.sealer.seal(owner, renewed.refresh_token);
  if (!access) return fail(work, std::move(access).error());
  if (!refresh) return fail(work, std::move(refresh).error());
  RecordRefresh command{.id = work->payment.id,
                        .access_token = std::move(*access),
                        .access_expires_at = renewed.expires_at,
                        .refresh_token = std::move(*refresh)};
  submit(work, std::move(command),
         [this, work, then = std::move(then)](Result<engine::Answered> answer) mutable {
           const bool comes_back = !answer && (answer.error().transient() ||
                                               answer.error().code == ErrorCode::OutcomeUnknown);
           // Refused: the payment has gone on, and must not come to an older token later.
           if (!comes_back) refreshed_.forget(work->payment.id);
           if (!answer) return end(work, std::move(answer));
           take(*work, *answer);
           then();
         });
}

}  // namespace remit::payments
