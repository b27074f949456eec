using System.Data.Common;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Companion;

/// <summary>
/// The token and the key of one <c>--with-tunnel</c> run: revoked when it ends. Where it was killed they expire within
/// <see cref="Lifetime"/>, or go at the next start of a broker on the same data folder. Another run there that still lives (one broker is
/// just being replaced by the next) keeps its own.
/// </summary>
internal sealed class CompanionCredentials(
    CompanionOptions options, AccountDirectory accounts, CredentialIssuer issuer, ICredentialStore store, TimeProvider time)
{
    /// <summary>The longest that a killed run's secrets outlive it. A living run renews them when half of it is over.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Short: a machine that wakes up finds them expired.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private const string NamePrefix = "with-tunnel";

    private readonly List<Credential> _issued = [];
    private CompanionLease? _lease;
    private DateTimeOffset _renewal;

    public async Task<(Account Account, string Token, string Key)> CreateAsync(CancellationToken cancellationToken)
    {
        var owner = await accounts.EnsureOwnerAsync(cancellationToken);
        _lease = CompanionLease.Take(options.DataFolder);
        _renewal = time.GetUtcNow() + (Lifetime / 2);
        var token = await IssueAsync(CredentialKind.TunnelToken, owner, cancellationToken);
        var key = await IssueAsync(CredentialKind.ApiKey, owner, cancellationToken);
        return (owner, token, key);
    }

    /// <summary>Keeps what this run has issued from expiring. Returns when it is cancelled.</summary>
    public async Task KeepAsync(ILogger logger, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        using var ending = cancellationToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                await RenewAsync();
            }
            catch (DbException e)
            {
                // A full disk, say. Half of the lifetime is left to try again in.
                CompanionLog.RenewalFailed(logger, e, LookInterval.TotalSeconds);
            }
        }
    }

    /// <summary>Ends what this run has issued.</summary>
    public async Task RevokeAsync()
    {
        foreach (var credential in _issued)
        {
            await issuer.RevokeAsync(credential.Kind, credential.Id, CancellationToken.None);
        }

        _lease?.Dispose();
    }

    /// <summary>Ends what runs have left that were killed.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<CredentialKind>())
        {
            foreach (var old in await store.ListAsync(kind, Account.OwnerId, cancellationToken))
            {
                if (old.RevokedAt is null && IsOfADeadRun(old.Name))
                {
                    await issuer.RevokeAsync(kind, old.Id, cancellationToken);
                }
            }
        }
    }

    private async Task RenewAsync()
    {
        // By the clock on the wall, as they expire: a timer stands still while the machine sleeps.
        var now = time.GetUtcNow();
        if (now < _renewal)
        {
            return;
        }

        foreach (var credential in _issued)
        {
            await issuer.ExtendAsync(credential.Kind, credential.Id, Lifetime, CancellationToken.None);
        }

        _renewal = now + (Lifetime / 2);
    }

    private async Task<string> IssueAsync(CredentialKind kind, Account owner, CancellationToken cancellationToken)
    {
        var request = new CredentialRequest
        {
            Kind = kind,
            AccountId = owner.Id,
            Name = $"{NamePrefix} {_lease!.Id}",
            Lifetime = Lifetime,
        };
        var issued = await issuer.IssueAsync(request, cancellationToken);
        _issued.Add(issued.Credential);
        return issued.Secret.Reveal();
    }

    // A person may have given a key such a name; none has given it the id of a run.
    private bool IsOfADeadRun(string name) => name.Split(' ') is [NamePrefix, { Length: CompanionLease.IdLength } id]
        && !CompanionLease.IsHeld(options.DataFolder, id);
}
