using Polydev.Broker.Accounts;

namespace Polydev.Broker.SignIn.OpenId;

/// <summary>
/// Somebody as a provider knows him, as it is stored. Issuer and subject together are who it is; an address may change hands.
/// </summary>
internal sealed record Identity
{
    /// <summary>The provider's own name for itself, from the token.</summary>
    public required string Issuer { get; init; }

    /// <summary>Never given to anyone else by that issuer.</summary>
    public required string Subject { get; init; }

    public required string AccountId { get; init; }

    /// <summary>As the provider had verified it at the last sign-in; null where it had verified none.</summary>
    public string? Email { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last sign-in.</summary>
    public required DateTimeOffset SeenAt { get; init; }
}

/// <summary>Keeps identities.</summary>
internal interface IIdentityStore
{
    Task<Identity?> FindAsync(string issuer, string subject, CancellationToken cancellationToken);

    /// <summary>The identity with its new account, or neither: of several at once for one person exactly one is told true.</summary>
    /// <returns>False where the identity is known, or the account's id or name is taken.</returns>
    Task<bool> CreateAsync(Identity identity, Account account, CancellationToken cancellationToken);

    /// <summary>Keeps the identity's address and its last sign-in.</summary>
    Task NoteSeenAsync(Identity identity, CancellationToken cancellationToken);
}
