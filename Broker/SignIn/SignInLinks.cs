using Polydev.Broker.Accounts;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.SignIn;

/// <summary>Makes one-time sign-in links and takes them.</summary>
internal sealed class SignInLinks(ISignInLinkStore store, IAccountStore accounts, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Below the site; the secret stands behind it.</summary>
    public const string Path = "/sign-in";

    private const string Prefix = "pl_";

    /// <param name="site">Where the broker is reached: nothing but scheme, host and port.</param>
    public async Task<IssuedLink> CreateAsync(string accountId, Uri site, CancellationToken cancellationToken)
    {
        var secret = SecretToken.Create(Prefix);
        var now = time.GetUtcNow();
        var link = new SignInLink
        {
            Id = secret.Id,
            AccountId = accountId,
            SecretHash = secret.Hash(),
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
        };
        await store.CreateAsync(link, cancellationToken);
        return new IssuedLink(new Uri(site, $"{Path}/{secret.Reveal()}"), link.ExpiresAt);
    }

    /// <summary>Looks, and uses nothing up: mail scanners and link previews look too.</summary>
    public async Task<SeenLink> LookAsync(string? presented, CancellationToken cancellationToken)
    {
        if (!SecretToken.TryParse(Prefix, presented?.Trim(), out var token)
            || await store.FindAsync(token.Id, cancellationToken) is not { } link
            || !token.Matches(link.SecretHash)
            || await accounts.FindAsync(link.AccountId, cancellationToken) is not { } account)
        {
            return new SeenLink(SignInLinkState.Unknown, null);
        }

        return new SeenLink(link.StateAt(time.GetUtcNow()), account);
    }

    /// <summary>Uses the link up: good for exactly one of any number of callers.</summary>
    public async Task<SeenLink> UseAsync(string? presented, CancellationToken cancellationToken)
    {
        var seen = await LookAsync(presented, cancellationToken);
        if (seen.State != SignInLinkState.Good)
        {
            return seen;
        }

        _ = SecretToken.TryParse(Prefix, presented?.Trim(), out var token);

        // Not to be cancelled, and neither is the session that comes of it: the link would be gone for nothing.
        return await store.UseAsync(token!.Id, time.GetUtcNow(), CancellationToken.None)
            ? seen
            : await LookAsync(presented, cancellationToken);
    }
}

/// <summary>A new link, with the secret that is told this once.</summary>
internal sealed record IssuedLink(Uri Url, DateTimeOffset ExpiresAt);

/// <summary>What became of a link that somebody brought.</summary>
/// <param name="Account">Whom it signs in; null where it is unknown.</param>
internal sealed record SeenLink(SignInLinkState State, Account? Account);
