using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Shared.Text;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.SignIn;

/// <summary>Device logins of machines (RFC 8628): asked for by a machine, decided by a person, and then worth one tunnel token.</summary>
internal sealed class DeviceLogins(IDeviceLoginStore store, MachineTokens machines, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Who approves in the last second is not to be told that nothing came of it.</summary>
    private static readonly TimeSpan ToCollect = TimeSpan.FromMinutes(1);

    /// <summary>Between two polls of a machine, and so many more each time that it does not keep to it.</summary>
    public const int PollSeconds = 5;

    public const int LongestName = CredentialName.Longest;

    private const string Prefix = "pc_";
    private const string Nameless = "machine";

    public async Task<StartedDeviceLogin> StartAsync(
        string? machineName, string? version, string address, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (secret, code) = (SecretToken.Create(Prefix), UserCode.Create());
            var now = time.GetUtcNow();
            var login = new DeviceLogin
            {
                Id = secret.Id,
                SecretHash = secret.Hash(),
                UserCodeHash = UserCode.Hash(code),
                MachineName = NameOf(machineName) ?? Nameless,
                ClientVersion = PlainText.Line(version, LongestName).Trim(),
                Address = address,
                CreatedAt = now,
                ExpiresAt = now + Lifetime,
            };
            if (await store.CreateAsync(login, PollSeconds, cancellationToken))
            {
                return new StartedDeviceLogin(secret.Reveal(), code);
            }
        }
    }

    public async Task<DevicePoll> PollAsync(string? deviceCode, CancellationToken cancellationToken)
    {
        if (!SecretToken.TryParse(Prefix, deviceCode, out var token)
            || await store.FindAsync(token.Id, cancellationToken) is not { } login
            || !token.Matches(login.SecretHash))
        {
            return new DevicePoll(DevicePollOutcome.Unknown);
        }

        var now = time.GetUtcNow();
        return login.State switch
        {
            DeviceLoginState.Given => new DevicePoll(DevicePollOutcome.Unknown),
            DeviceLoginState.Denied => new DevicePoll(DevicePollOutcome.Denied),
            DeviceLoginState.Approved when now < login.ExpiresAt + ToCollect => await GiveAsync(login),
            _ when login.ExpiresAt <= now => new DevicePoll(DevicePollOutcome.Expired),
            _ => new DevicePoll(await store.PollAsync(login.Id, now, PollSeconds, cancellationToken)
                ? DevicePollOutcome.Pending
                : DevicePollOutcome.SlowDown),
        };
    }

    /// <summary>What a signed-in person may see of it; null where there is no such code, or it is another account's.</summary>
    public async Task<DeviceLogin?> FindAsync(string? typed, string accountId, CancellationToken cancellationToken) =>
        UserCode.Parse(typed) is { } code
        && await store.FindByUserCodeAsync(UserCode.Hash(code), cancellationToken) is { } login
        && (login.AccountId ?? accountId) == accountId
            ? login
            : null;

    /// <summary>False where it is no longer to be decided.</summary>
    /// <exception cref="RefusedChangeException">It is to be approved, and the account has as many machines as it may.</exception>
    public async Task<bool> DecideAsync(DeviceDecision decision, Actor actor, CancellationToken cancellationToken)
    {
        if (decision.Approve)
        {
            await machines.ExpectRoomAsync(decision.AccountId, cancellationToken);
        }

        var action = decision.Approve ? AuditActions.MachineApproved : AuditActions.MachineDenied;
        var entry = AuditEntry.Of(decision.AccountId, action, actor, time.GetUtcNow()) with { SubjectName = decision.MachineName };
        return await store.DecideAsync(decision, entry, cancellationToken);
    }

    /// <summary>Null where no name is left of it.</summary>
    public static string? NameOf(string? text) => PlainText.Line(text, LongestName).Trim() is { Length: > 0 } name ? name : null;

    // The token is made only now: until a machine asks for it there is none that could be lost.
    private async Task<DevicePoll> GiveAsync(DeviceLogin login)
    {
        // Not to be cancelled from here on: the code is used up.
        if (!await store.GiveAsync(login.Id, CancellationToken.None))
        {
            return new DevicePoll(DevicePollOutcome.Unknown);
        }

        try
        {
            var itself = Actor.Machine(login.Id, login.MachineName, login.Address);
            var issued = await machines.CreateAsync(login.AccountId!, login.MachineName, itself, CancellationToken.None);
            return new DevicePoll(DevicePollOutcome.Approved, issued);
        }
        catch (RefusedChangeException)
        {
            // Another machine has taken the last place since this one was approved.
            return new DevicePoll(DevicePollOutcome.Denied);
        }
    }
}

/// <summary>What a machine is told that asks to be logged in.</summary>
internal sealed record StartedDeviceLogin(string DeviceCode, string UserCode);

/// <param name="Issued">Where it was approved: the machine's token.</param>
internal sealed record DevicePoll(DevicePollOutcome Outcome, IssuedCredential? Issued = null);

internal enum DevicePollOutcome
{
    Pending,
    SlowDown,
    Expired,
    Denied,
    Approved,

    /// <summary>Never given out, or its token has been given out before.</summary>
    Unknown,
}
