#pragma once

#include <cstdint>

/// Bugs that are planted on purpose, to test the tests: each is one line where a real one could be, and some seed or test
/// must catch it (tests/planted.txt, tools/run_planted). What ships is compiled without REMIT_PLANTED_BUGS and has none.
namespace remit {

/// In the order of the floors. The name is what REMIT_PLANT chooses at run time.
enum class Bug : std::uint8_t {
  // kit/journal, kit/sqlite
  SyncSkipped,            ///< A commit is called durable before the disk was asked to keep it.
  FailedSyncForgotten,    ///< After a failed sync the journal goes on as if nothing were.
  FailedSyncSaidRefused,  ///< What may have been written is said to be certainly not.
  StaleEpochAccepted,     ///< A writer that was overtaken may still append.
  EpochReused,            ///< Who takes a partition over gets the epoch of the one before.
  TornTailTaken,          ///< What a crash left half written is taken for a commit.
  ChainUnlinked,          ///< Each link of the chain covers its own commit only.
  IndexSkipsCommit,       ///< After a restart one commit is missing in the look-up index.
  // kit/engine
  AckBeforeCommit,          ///< The answer is sent when the append begins.
  ReadOfStagedState,        ///< What is not durable yet is told to whoever asks.
  ReceiptDropped,           ///< A receipt is kept in memory only.
  ReceiptOfAnotherRequest,  ///< Another request under a used key gets the first one's answer.
  ReceiptForgottenEarly,    ///< A receipt counts for a minute.
  RefusalLeavesStates,      ///< What a refused command changed stays changed.
  StagedStatesKept,         ///< After a failed append the states still have what was in it.
  UnknownTakenForLost,      ///< An append of which nothing is known is said to be lost.
  UnknownTakenForDurable,   ///< ... or to be durable.
  VersionGap,               ///< An event's version is stored one too high.
  TimersForgottenAtStart,   ///< Timers in the checkpoint do not wait after a start.
  TimerFiredInVain,         ///< A timer is journalled as fired and its command is not issued.
  TimerFiredTwice,          ///< ... or is journalled twice.
  CheckpointOffByOne,       ///< A checkpoint has states of the commit after its mark.
  RecoverySkipsLastCommit,  ///< The states after a start lack the journal's last commit.
  // kit/flow
  FlowCheckpointAhead,   ///< The checkpoint passes records that are under way.
  KeyOrderLost,          ///< Of the records that wait behind one of their key the last goes first.
  TroubleOvertaken,      ///< Later records pass a key in trouble.
  TroubleForgotten,      ///< After a start no key is in trouble any more.
  RetryNeverDue,         ///< A retry is journalled and nothing wakes it.
  InFlightNeverEnds,     ///< What is done still counts as under way.
  FinishUnsaid,          ///< A retried record that was done is not journalled as done.
  DeadLetterDropped,     ///< What fails for good is forgotten.
  RedrivePassesHeldKey,  ///< A redrive puts a record before the one its key waits for.
  ReadModelAhead,        ///< The rows' checkpoint is one record further than the rows.
  // rails
  NonceUnchecked,          ///< An id_token of another request is accepted.
  BankSignatureUnchecked,  ///< What the bank did not sign is believed.
  ReplayOutsideWindow,     ///< An order is sent again though its key may mean nothing any more.
  NotFoundBelievedEarly,   ///< "Not found" counts while the request may still arrive.
  // pay/ledger
  LimitUnchecked,     ///< An account may be overdrawn.
  TransferEndsTwice,  ///< A transfer that expired can be posted.
  PostingUnbalanced,  ///< The credit is one unit less than the debit.
  PostedTwice,        ///< A transfer moves its amount twice.
  // pay/payments
  SubmissionUnjournalled,    ///< The bank is called before anybody remembers it.
  InterruptedForgotten,      ///< A hand-over that a crash interrupted is left alone.
  UnknownRetriedWithNewKey,  ///< An order that the bank may have is sent as a new one.
  UnknownTakenForRejected,   ///< A time-out ends the payment.
  ThrottledCopyForgotten,   ///< What refuses a second hand-over ends what the first may have begun.
  RefusedCopyBelieved,      ///< What is refused for its token or signature is not in another copy.
  ReplayForgotten,          ///< "Not found" counts while a replay is under way.
  HandOverLate,             ///< An order goes out long after it was journalled that it does.
  LateHandOverForgotten,    ///< "Not found" counts from the journalled start, not from the call.
  ExpiryWhileSubmitting,    ///< A payment that was handed over expires.
  OldStatusMovesBackwards,  ///< A late report replaces a newer one.
  ReservationKept,          ///< What a refused payment reserved stays reserved.
  SettledFromWrongAccount,  ///< Settled money leaves another account than the one it is in.
  RefundsIgnored,           ///< What is on its way back already can be refunded again.
  // pay/payers
  ErasedWhileOpen,     ///< A payer is erased while money moves.
  ErasureForgotten,    ///< An erasure is journalled and the key stays.
  SealedForTheClient,  ///< What an erasure of the payer would miss.
  // pay/webhooks
  WebhookOrderLost,        ///< Events of one payment overtake each other.
  WebhookIdChanges,        ///< A retried event has another id.
  WebhookSignsOtherBytes,  ///< The signature is not over what is sent.
  WebhookSentAgain,        ///< What was delivered before a crash is delivered after it.
};

#ifdef REMIT_PLANTED_BUGS
/// Whether this run has the bug: REMIT_PLANT in the environment names it. An unknown name ends the program.
bool planted(Bug bug);
#else
consteval bool planted(Bug) {
  return false;
}
#endif

}  // namespace remit
