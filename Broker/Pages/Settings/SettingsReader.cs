using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Settings;

/// <summary>Reads what the settings show.</summary>
internal sealed class SettingsReader(
    AllowanceReader allowances, Sessions sessions, AccountTokens tokens, IAuditStore audit, FrameReader frames)
{
    public Task<FrameModel> FrameAsync(string accountId, CancellationToken cancellationToken) =>
        frames.ReadAsync(accountId, cancellationToken);

    /// <param name="after">The entry of the audit trail that the page's first stands behind; null: the newest are shown.</param>
    public async Task<SettingsModel> ReadAsync(SignedIn signedIn, string? after, CancellationToken cancellationToken) => new()
    {
        Allowance = await allowances.ReadAsync(signedIn.AccountId, cancellationToken),
        Sessions = await sessions.ListAsync(signedIn.AccountId, cancellationToken),
        Tokens = await tokens.ListAsync(signedIn.AccountId, cancellationToken),
        Trail = await audit.ListAsync(new AuditQuery { AccountId = signedIn.AccountId, After = after }, cancellationToken),
        IsFirstOfTrail = after is null,
        Frame = await FrameAsync(signedIn.AccountId, cancellationToken),
    };
}

/// <summary>What the settings show, whatever was sent.</summary>
public sealed record SettingsModel
{
    public required Allowance Allowance { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>Revoked ones too, oldest first.</summary>
    public required IReadOnlyList<Credential> Tokens { get; init; }

    public required AuditPage Trail { get; init; }

    public required bool IsFirstOfTrail { get; init; }

    public required FrameModel Frame { get; init; }

    /// <summary>Null where the account has no such token that is revoked.</summary>
    public Credential? Revoked(string? tokenId) => Tokens.FirstOrDefault(token => token.Id == tokenId && token.RevokedAt is not null);
}

/// <summary>What was typed into the forms of the settings, and what is wrong with it.</summary>
public sealed record SettingsForm
{
    public static SettingsForm Empty { get; } = new();

    public string TokenName { get; init; } = string.Empty;

    public FieldProblem? TokenProblem { get; init; }

    public string DeleteTyped { get; init; } = string.Empty;

    public string? DeleteProblem { get; init; }

    public string? ZoneProblem { get; init; }

    internal int Status => TokenProblem is { Field: "" } ? StatusCodes.Status409Conflict
        : (TokenProblem, DeleteProblem, ZoneProblem) == (null, null, null) ? StatusCodes.Status200OK
        : StatusCodes.Status422UnprocessableEntity;
}
