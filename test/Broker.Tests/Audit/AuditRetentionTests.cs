using Microsoft.Extensions.Logging.Abstractions;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Keys;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Audit;

internal sealed class AuditRetentionTests : SignInStores<TemporaryDatabase>
{
    [Test]
    public async Task Execute_EachHour_DeletesWhatIsOlderThan400Days()
    {
        var time = new TimerAnnouncingTimeProvider();
        time.SetUtcNow(Noon.AddDays(AuditRetention.Days));
        var credentials = new CredentialStore(Database);
        var key = new Credential { Id = "k1", Kind = CredentialKind.ApiKey, AccountId = "ann", Name = "k", CreatedAt = Noon };
        await credentials.CreateAsync(new StoredCredential(key, [1]), default);
        foreach (var at in new[] { Noon.AddMilliseconds(-1), Noon, Noon.AddHours(1) })
        {
            await credentials.RenameAsync(CredentialKind.ApiKey, "ann", "k1", "k", SomeEntries.Of(at), default);
        }

        var store = new AuditStore(Database);
        using var retention = new AuditRetention(store, time, NullLogger<AuditRetention>.Instance);
        await retention.StartAsync(default);

        Assert.That(await PauseAsync(), Is.EqualTo(AuditRetention.Period));
        Assert.That(await TimesAsync(), Is.EqualTo(new[] { Noon.AddHours(1), Noon }));
        time.Advance(AuditRetention.Period);
        await PauseAsync();
        Assert.That(await TimesAsync(), Is.EqualTo(new[] { Noon.AddHours(1) }));
        await retention.StopAsync(default).DefaultTimeout();

        Task<TimeSpan> PauseAsync() => time.Timers.ReadAsync().AsTask().DefaultTimeout();

        async Task<IEnumerable<DateTimeOffset>> TimesAsync() =>
            (await store.ListAsync(new AuditQuery { AccountId = "ann" }, default)).Entries.Select(entry => entry.At);
    }
}
