#include "pay/payments/commands.h"

namespace remit::payments {

void register_kinds(engine::Registry& registry) {
  registry.entity<Payment>();
  registry.entity<ClientReference>();
  registry.entity<ConsentState>();
  registry.event<PaymentCreated>();
  registry.event<PaymentConsentCreated>();
  registry.event<PaymentAuthorisationReceived>();
  registry.event<PaymentAuthorised>();
  registry.event<PaymentTokenRefreshed>();
  registry.event<PaymentSubmissionStarted>();
  registry.event<PaymentNotSent>();
  registry.event<PaymentOutcomeUnknown>();
  registry.event<PaymentReplayStarted>();
  registry.event<PaymentReplayRefused>();
  registry.event<PaymentResolutionDue>();
  registry.event<PaymentOperatorNeeded>();
  registry.event<PaymentSubmitted>();
  registry.event<PaymentStatusReported>();
  registry.event<PaymentStatusDue>();
  registry.event<PaymentExecuted>();
  registry.event<PaymentSettled>();
  registry.event<PaymentRejected>();
  registry.event<PaymentCancelled>();
  registry.event<PaymentExpired>();
  registry.event<PaymentRefundPartyTold>();
  registry.event<PaymentRefundStarted>();
  registry.event<PaymentRefundEnded>();
  registry.command<CreatePayment>();
  registry.command<CreateRefund>();
  registry.command<CancelPayment>();
  registry.command<ExpirePayment>();
  registry.command<RecordConsent>();
  registry.command<AuthorisePayment>();
  registry.command<RecordAuthorisation>();
  registry.command<RecordRefresh>();
  registry.command<StartSubmission>();
  registry.command<RecordSubmission>();
  registry.command<StartReplay>();
  registry.command<AnnounceResolution>();
  registry.command<ResolvePayment>();
  registry.command<AnnounceStatusQuery>();
  registry.command<RecordStatus>();
  registry.command<NoteBankEvent>();
}

}  // namespace remit::payments
