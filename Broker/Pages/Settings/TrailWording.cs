using Polydev.Broker.Audit;

namespace Polydev.Broker.Pages.Settings;

/// <summary>The audit trail in the words of the pages.</summary>
internal static class TrailWording
{
    /// <summary>"Key ci renamed"; an action of a later version by its own word.</summary>
    public static string What(AuditEntry entry) => entry.Action switch
    {
        AuditActions.TierChanged => $"Tier changed to {entry.Detail}",
        AuditActions.KeyCreated => $"Key {entry.SubjectName} created",
        AuditActions.KeyRenamed => $"Key {entry.SubjectName} renamed to {entry.Detail}",
        AuditActions.KeyLimitsChanged => $"Limits of key {entry.SubjectName} changed: {entry.Detail}",
        AuditActions.KeyRotated => $"Key {entry.SubjectName} rotated: {entry.Detail}",
        AuditActions.OldSecretEnded => $"Old secret of key {entry.SubjectName} ended",
        AuditActions.KeyRevoked => $"Key {entry.SubjectName} revoked",
        AuditActions.MachineApproved => $"Machine {entry.SubjectName} approved",
        AuditActions.MachineDenied => $"Machine {entry.SubjectName} denied",
        AuditActions.MachineCreated => $"Machine {entry.SubjectName} connected for the first time",
        AuditActions.MachineRenamed => $"Machine {entry.SubjectName} renamed to {entry.Detail}",
        AuditActions.MachineRulesChanged => $"Usage of machine {entry.SubjectName} changed: {entry.Detail}",
        AuditActions.MachineRevoked => $"Machine {entry.SubjectName} revoked",
        AuditActions.TokenCreated => $"Token {entry.SubjectName} created",
        AuditActions.TokenRenamed => $"Token {entry.SubjectName} renamed to {entry.Detail}",
        AuditActions.TokenRevoked => $"Token {entry.SubjectName} revoked",
        AuditActions.SignedIn => "Signed in",
        AuditActions.SignedOutEverywhere => "Signed out everywhere",
        _ => entry.Action,
    };

    public static string Who(Actor actor) => actor.Kind switch
    {
        ActorKind.Session => BrowserName.Of(actor.Name),
        ActorKind.AccountToken => $"token {actor.Name}",
        ActorKind.Machine => $"machine {actor.Name}",
        _ => $"command line, {actor.Id}",
    };
}
