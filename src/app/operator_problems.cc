#include "app/operator_problems.h"

namespace remit::app {
namespace {

constexpr std::string_view kCallback = "payers at `/callback`";
constexpr std::string_view kClients = "`remit clients`";
constexpr std::string_view kPayments = "`remit payments`, dead letters";
constexpr std::string_view kStart = "`remit serve` at its start";
constexpr std::string_view kCalls = "calls to banks and webhook receivers";
constexpr std::string_view kSignatures = "signatures of banks and webhooks";
constexpr std::string_view kFlows = "logs of flows";
constexpr std::string_view kTools = "`remit journal`, `remit verify`, `remit validate`";

constexpr api::OtherProblem kProblems[] = {
    {"form_malformed", kCallback, "What the browser brought is not a form.",
     "Go back to the bank and try again."},
    {"state_missing", kCallback, "The bank's answer does not say which payment it is for.",
     "Go back to the bank and try again."},
    {"state_unknown", kCallback, "No payment waits for this answer.",
     "It may have expired; make a new payment."},
    {"code_missing", kCallback, "The bank's answer carries no code.",
     "Go back to the bank and try again."},
    {"id_token_missing", kCallback, "The bank's answer carries no id_token.",
     "Go back to the bank and try again."},
    {"authorisation_not_awaited", kCallback, "The payment does not wait for its payer any more.",
     "Read the payment."},

    {"client_not_found", kClients, "No client has this id.", "`remit clients list` shows them."},
    {"client_id_invalid", kClients, "That is no client's id.", "Give an id that begins with cli_."},
    {"client_id_reused", kClients, "The id that was made is taken.", "Try again."},
    {"api_key_not_found", kClients, "No key has this id.", "`remit clients keys` shows them."},
    {"api_key_id_reused", kClients, "The id that was made is taken.", "Try again."},
    {"api_key_closed", kClients, "The key is revoked or expired.", "Make a new one with add-key."},
    {"api_key_rotated_already", kClients, "The key has a successor.", "Rotate the successor."},
    {"api_keys_too_many", kClients, "More keys exist than the table holds; the newest do not work.",
     "Revoke keys that are no longer used."},
    {"grace_invalid", kClients, "The time for which a rotated key goes on is not within its range.",
     "Give one within the range that the message names."},
    {"scopes_invalid", kClients, "The scopes are none, or not scopes.",
     "Name scopes that the message lists."},

    {"evidence_missing", kPayments, "A payment is settled by hand only with evidence.",
     "Say what shows it, such as the statement's entry."},
    {"outcome_not_unknown", kPayments, "The payment's outcome is known.",
     "Read the payment; nothing needs to be settled by hand."},
    {"bank_payment_id_missing", kPayments, "A bank accepted a payment without naming it.",
     "Ask the bank; its answer is in the log."},
    {"payment_not_authorised", kPayments, "Only a payment that its payer approved is handed over.",
     "Read the payment."},
    {"rail_not_configured", kPayments,
     "The payment goes by a bank that the configuration does not name any more.",
     "Configure the bank again."},
    {"engine_overtaken", kFlows, "The state moved on while a flow looked at it; it looks again.",
     "Nothing."},
    {"engine_busy", kFlows, "The engine has more to do than it can take; it is tried again.",
     "Look at the load if it stays."},
    {"fact_not_read_yet", kFlows, "An event is not in the read model yet; it is tried again.",
     "Look at the lag of the read model if it stays."},
    {"checkpoints_unavailable", kFlows, "States cannot be saved now; it is tried again.",
     "Look at the disk."},
    {"unknown_command", kFlows,
     "A timer or dead letter names a command that this version does not know.",
     "Run the version that wrote it, or a newer one."},
    {"command_payload_unreadable", kFlows, "The command of a timer or dead letter cannot be read.",
     "Discard the dead letter; tell the maintainers."},

    {"listen_failed", kStart, "The address cannot be listened at.",
     "See whether the port is taken."},
    {"socket_path_too_long", kStart,
     "The path of the admin socket is longer than the system takes.",
     "Use a shorter data directory."},
    {"tls_file_unusable", kStart, "A certificate or key cannot be used.",
     "`remit doctor` says which and why."},
    {"key_exposed", kStart, "Others may read a private key.",
     "chmod 600 it, and replace it when that was so for long."},
    {"key_invalid", kStart, "A private key cannot be read.",
     "Give a PEM key of the kind that the message names."},
    {"master_key_exposed", kStart, "Others may read the master key.", "chmod 600 it."},
    {"master_key_invalid", kStart, "The master key's file is not one.",
     "Restore it from where it is kept."},
    {"master_key_missing", kStart, "There are sealed keys and no master key.",
     "Restore it; without it sealed data stay sealed."},
    {"modulus_table_invalid", kStart, "A table for modulus checking cannot be read.",
     "Download it again."},
    {"keyring_unreadable", kStart, "The directory of data keys cannot be listed.",
     "Check its permissions and the disk."},
    {"keys_too_many", kClients, "A client's data key was rotated as often as may be.",
     "Rotate less often: every key is kept, since the journal is."},
    {"checkpoints_too_new", kStart, "A newer version wrote the states.",
     "Run that version, or delete the checkpoints: they are made again."},

    {"not_connected", kCalls, "No connection was made, so nothing was sent.",
     "It is tried again; look at the network if it stays."},
    {"certificate_untrusted", kCalls,
     "The other side's certificate is not trusted; nothing was sent.",
     "Compare it with the trusted authorities; ask whoever runs the other side."},
    {"connection_broken", kCalls, "The connection broke before the answer came.",
     "Evidence is looked for."},
    {"response_timeout", kCalls, "No answer came in time.", "Evidence is looked for."},
    {"response_too_large", kCalls, "The answer is larger than is taken.", "Ask whoever sent it."},
    {"address_not_public", kCalls, "A URL of somebody else leads into a private network.",
     "Use a public address."},
    {"client_busy", kCalls, "More calls wait than may; it is tried again.",
     "Look at how slow the other side is."},
    {"client_stopped", kCalls, "The server was stopping.", "It is tried again after the start."},
    {"out_of_memory", kCalls, "There was no memory for the call.", "Give the process more."},
    {"jwks_malformed", kSignatures, "A bank's key set is none.", "Ask the bank."},
    {"jwks_too_large", kSignatures, "A bank's key set is larger than is taken.", "Ask the bank."},
    {"jws_algorithm", kSignatures, "A signature uses an algorithm that is not allowed.",
     "Ask the bank."},
    {"jws_critical", kSignatures, "A signature has a critical header that is not known.",
     "Ask the bank."},
    {"jws_key_unknown", kSignatures, "No key of the bank's has made this signature.",
     "Ask the bank whether its keys have changed."},
    {"jws_unsigned", kSignatures, "A signature's alg is none: nobody signed.", "Ask the bank."},
    {"jws_symmetric", kSignatures, "A signature is made with a shared secret, as forgers do.",
     "Ask the bank."},
    {"jws_malformed", kSignatures, "A signature is not a JWS.", "Ask the bank."},
    {"jws_signature", kSignatures, "A signature does not match: the message was changed.",
     "Ask the bank."},

    {"creditor_reference_invalid", kTools, "The reference is none of ISO 11649.",
     "Compare it with the invoice: RF, two check digits, at most 21 more characters."},
    {"erased", kTools, "Its owner was erased: nobody can read it any more.", "Nothing."},
    {"key_missing", kTools, "The key that sealed it is not here.",
     "Restore the keys of the machine that wrote it."},
    {"sealed_empty", kTools, "Nothing was sealed there.", "Nothing."},
    {"json_sealed", kTools, "A sealed value cannot come from JSON.", "Leave it out."},
    {"bic_invalid", kTools, "That is no BIC.", "Give its 8 or 11 characters."},
    {"unknown_event_type", kTools, "A newer version wrote this event.",
     "Run that version, or a newer one."},
};

}  // namespace

std::span<const api::OtherProblem> operator_problems() {
  return kProblems;
}

}  // namespace remit::app
