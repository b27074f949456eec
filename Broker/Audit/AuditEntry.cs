using Polydev.Shared.Text;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Audit;

/// <summary>One line of an account's audit trail: who changed what, when and from where. Written with the change, or neither is.</summary>
public sealed record AuditEntry
{
    private const int IdLength = 16;

    public required string Id { get; init; }

    public required string AccountId { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="AuditActions"/>.</summary>
    public required string Action { get; init; }

    public required Actor Actor { get; init; }

    /// <summary>What was changed; empty where it is the account itself.</summary>
    public string SubjectId { get; init; } = string.Empty;

    /// <summary>As it was called before the change.</summary>
    public string SubjectName { get; init; } = string.Empty;

    /// <summary>What it was changed to, in a few words; empty where the action says all.</summary>
    public string Detail { get; init; } = string.Empty;

    public static AuditEntry Of(string accountId, string action, Actor actor, DateTimeOffset at) => new()
    {
        Id = TokenAlphabet.Random(IdLength),
        AccountId = accountId,
        At = at,
        Action = action,
        Actor = actor,
    };
}

/// <summary>Who changes something of an account.</summary>
/// <param name="Id">Of the session, the account token or the machine's token; the operating system's user at the command line.</param>
/// <param name="Name">The browser, or the name of the token or machine.</param>
/// <param name="Address">Where it came from; empty at the command line.</param>
public sealed record Actor(ActorKind Kind, string Id, string Name, string Address)
{
    /// <summary>Whoever may run <c>polydev-broker</c> on the database.</summary>
    public static Actor CommandLine() => new(ActorKind.CommandLine, PlainText.Line(Environment.UserName), "polydev-broker", string.Empty);

    public static Actor Session(string sessionId, string browser, string address) => new(ActorKind.Session, sessionId, browser, address);

    public static Actor AccountToken(string tokenId, string name, string address) => new(ActorKind.AccountToken, tokenId, name, address);

    public static Actor Machine(string tokenId, string name, string address) => new(ActorKind.Machine, tokenId, name, address);
}

/// <summary>The numbers are stored.</summary>
public enum ActorKind
{
    Session = 1,
    AccountToken = 2,
    CommandLine = 3,
    Machine = 4,
}

/// <summary>What is written down. The words are stored, and told by the management API.</summary>
internal static class AuditActions
{
    public const string TierChanged = "account.tier_changed";
    public const string KeyCreated = "key.created";
    public const string KeyRenamed = "key.renamed";
    public const string KeyLimitsChanged = "key.limits_changed";
    public const string KeyRotated = "key.rotated";

    /// <summary>The old secret was ended before its time.</summary>
    public const string OldSecretEnded = "key.old_secret_ended";

    public const string KeyRevoked = "key.revoked";

    /// <summary>A device login; its token comes to be when the machine asks for it (<see cref="MachineCreated"/>).</summary>
    public const string MachineApproved = "machine.approved";

    public const string MachineDenied = "machine.denied";
    public const string MachineCreated = "machine.created";
    public const string MachineRenamed = "machine.renamed";
    public const string MachineRulesChanged = "machine.rules_changed";
    public const string MachineRevoked = "machine.revoked";
    public const string TokenCreated = "account_token.created";
    public const string TokenRenamed = "account_token.renamed";
    public const string TokenRevoked = "account_token.revoked";
    public const string SignedIn = "session.signed_in";
    public const string SignedOutEverywhere = "session.signed_out_everywhere";
}
