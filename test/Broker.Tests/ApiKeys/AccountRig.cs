using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;

namespace Polydev.Broker.Tests.ApiKeys;

/// <summary>One broker's operations on a database, with a clock of the test's.</summary>
internal sealed class AccountRig
{
    public AccountRig(Database database, FakeTimeProvider time)
    {
        Time = time;
        Store = new CredentialStore(database);
        var cache = new CredentialCache(time);
        Revocations = new Revocations(cache);
        Issuer = new CredentialIssuer(Store, Revocations, time);
        Authenticator = new CredentialAuthenticator(Store, cache, time);
        Usage = new UsageStore(database);
        Audit = new AuditStore(database);
        Connections = new ConnectionStore(database);
        Rules = new MachineRules(new MachineRuleStore(database), Store, time);
        var tiers = new TierOptions();
        Keys = new ApiKeyDirectory(new ApiKeyStore(database, tiers), new AccountStore(database), Issuer, tiers, time);
        Machines = new MachineTokens(Store, Issuer, new MachineOptions(), time);
        Tokens = new AccountTokens(Store, Issuer, Authenticator, time);
    }

    public FakeTimeProvider Time { get; }

    public CredentialStore Store { get; }

    public Revocations Revocations { get; }

    public CredentialIssuer Issuer { get; }

    public CredentialAuthenticator Authenticator { get; }

    public UsageStore Usage { get; }

    public AuditStore Audit { get; }

    public ConnectionStore Connections { get; }

    public MachineRules Rules { get; }

    public ApiKeyDirectory Keys { get; }

    public MachineTokens Machines { get; }

    public AccountTokens Tokens { get; }

    public Task<Credential?> AuthenticateAsync(IssuedCredential issued) =>
        Authenticator.AuthenticateAsync(issued.Credential.Kind, issued.Secret.Reveal(), default).AsTask();

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> TrailAsync(string account = "ann") =>
        (await Audit.ListAsync(new AuditQuery { AccountId = account, PageSize = AuditQuery.LargestPage }, default)).Entries;

    public async Task<IReadOnlyList<string>> ActionsAsync(string account = "ann") =>
        [.. (await TrailAsync(account)).Select(entry => entry.Action)];

    /// <summary>A call of the key's that has ended, as a broker records it.</summary>
    public Task UseAsync(Credential key, DateTimeOffset at, CallResult result = CallResult.Answered) => Usage.AddAsync(
        [Calls.SomeCalls.Make(Guid.NewGuid().ToString("N"), key.AccountId, key.Id, at, result) with { SecretNumber = key.SecretNumber }],
        default);
}
