using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Tests.ApiKeys;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Machines;

/// <summary>What an account's people do with its machines, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class MachineTokenTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;

    private AccountRig _rig = null!;

    [SetUp]
    public void SetUp() => _rig = new AccountRig(Database, new FakeTimeProvider(Noon));

    [Test]
    public async Task Create_TwentyAtOnce_MakesAsManyAsTheAccountMay()
    {
        var most = new MachineOptions().PerAccount;
        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(async () =>
        {
            try
            {
                return await _rig.Machines.CreateAsync("ann", $"m{number}", Ann, default);
            }
            catch (RefusedChangeException e)
            {
                Assert.That(e.Message, Is.EqualTo("The account has its 10 machines. Revoke one first."));
                return null;
            }
        }))).DefaultTimeout();

        var given = made.OfType<IssuedCredential>().ToList();
        Assert.That(given, Has.Count.EqualTo(most));
        Assert.That(() => _rig.Machines.ExpectRoomAsync("ann", default), Throws.TypeOf<RefusedChangeException>());
        Assert.That(() => _rig.Machines.ExpectRoomAsync("bob", default), Throws.Nothing);

        Assert.That(await _rig.Machines.RevokeAsync("ann", given[0].Credential.Id, Ann, default), Is.True);
        Assert.That(() => _rig.Machines.ExpectRoomAsync("ann", default), Throws.Nothing);
        Assert.That(await _rig.Machines.CreateAsync("ann", "in its place", Ann, default), Is.Not.Null);
    }

    [Test]
    public async Task RenameAndRevoke_OfAnotherAccount_AreFalseAndChangeNothing()
    {
        var bobs = await _rig.Machines.CreateAsync("bob", "desk", Ann, default);
        var id = bobs.Credential.Id;

        Assert.That(await _rig.Machines.RenameAsync("ann", id, "mine", Ann, default), Is.False);
        Assert.That(await _rig.Machines.RevokeAsync("ann", id, Ann, default), Is.False);

        Assert.That((await _rig.AuthenticateAsync(bobs))!.Name, Is.EqualTo("desk"));
        Assert.That(await _rig.ActionsAsync(), Is.Empty);
        Assert.That(await _rig.ActionsAsync("bob"), Is.EqualTo(new[] { AuditActions.MachineCreated }));
    }

    [Test]
    public async Task RenameAndRevoke_OfItsOwn_StandInTheTrail()
    {
        var id = (await _rig.Machines.CreateAsync("ann", "desk", Ann, default)).Credential.Id;

        Assert.That(await _rig.Machines.RenameAsync("ann", id, "studio", Ann, default), Is.True);
        Assert.That(await _rig.Machines.RevokeAsync("ann", id, Ann, default), Is.True);

        Assert.That(
            (await _rig.TrailAsync()).Select(entry => (entry.Action, entry.SubjectId, entry.SubjectName)),
            Is.EquivalentTo(new[]
            {
                (AuditActions.MachineCreated, id, "desk"), (AuditActions.MachineRenamed, id, "desk"),
                (AuditActions.MachineRevoked, id, "studio"),
            }));
    }
}
