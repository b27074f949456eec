using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Machines;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.ApiKeys;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Machines;

/// <summary>What callers may use of the CLIs on an account's machines, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class MachineRulesTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;

    private static readonly MachineRule Paid = new() { Provider = "claude", AllowsOverage = true };
    private static readonly MachineRule Kept = new() { Provider = "codex", ReservePercent = 15 };

    private AccountRig _rig = null!;
    private MachineRuleStore _store = null!;
    private string _desk = null!;
    private string _studio = null!;

    [SetUp]
    public async Task SetUp()
    {
        (_rig, _store) = (new AccountRig(Database, new FakeTimeProvider(Noon)), new MachineRuleStore(Database));
        _desk = (await _rig.Machines.CreateAsync("ann", "desk", Ann, default)).Credential.Id;
        _studio = (await _rig.Machines.CreateAsync("ann", "studio", Ann, default)).Credential.Id;
    }

    [TearDown]
    public void TearDown() => _rig.Rules.Dispose();

    [Test]
    public async Task List_BeforeAnythingIsSet_IsOneForEachCliThatAllowsAndKeepsNothing()
    {
        Assert.That(await ListAsync(_desk), Is.EqualTo(new[] { Rule("claude"), Rule("codex"), Rule("gemini") }));
        Assert.That(await _store.ListAsync("ann", _desk, default), Is.Empty);
    }

    [Test]
    public async Task Set_SomeClis_LeavesTheOthersAndTheOtherMachineAsTheyAre()
    {
        Assert.That(await SetAsync(_desk, Paid, Kept), Is.True);
        Assert.That(await SetAsync(_desk, Kept with { ReservePercent = 100 }), Is.True);
        Assert.That(await SetAsync(_studio, Kept), Is.True);

        Assert.That(await ListAsync(_desk), Is.EqualTo(new[] { Paid, Kept with { ReservePercent = 100 }, Rule("gemini") }));
        Assert.That(await ListAsync(_studio), Is.EqualTo(new[] { Rule("claude"), Kept, Rule("gemini") }));
        var all = await _store.ListAsync("ann", default);
        Assert.That((all[_desk].Count(), all[_studio].Count(), all.Count), Is.EqualTo((2, 1, 2)));
        Assert.That(await _store.ListAsync("bob", default), Is.Empty);
    }

    [Test]
    public async Task Set_WhatHasChanged_StandsInTheTrailOnce()
    {
        await SetAsync(_desk, Paid, Kept);
        await SetAsync(_desk, Paid, Kept);
        await SetAsync(_desk, Paid with { AllowsOverage = false }, Kept);

        Assert.That(
            (await _rig.TrailAsync()).Where(entry => entry.Action == AuditActions.MachineRulesChanged)
                .Select(entry => (entry.SubjectId, entry.SubjectName, entry.Detail)),
            Is.EquivalentTo(new[]
            {
                (_desk, "desk", "claude paid overage allowed, 0 % kept back; codex paid overage not allowed, 15 % kept back"),
                (_desk, "desk", "claude paid overage not allowed, 0 % kept back"),
            }));
    }

    [Test]
    public async Task Set_OfAnotherAccountOrARevokedMachine_IsFalseAndChangesNothing()
    {
        await _rig.Machines.RevokeAsync("ann", _studio, Ann, default);
        var key = (await _rig.Keys.CreateAsync("ann", "k", default, Ann, default))!.Credential.Id;
        var before = await _rig.ActionsAsync();
        var entry = SomeEntries.Of(Noon, "bob");

        Assert.That(await _rig.Rules.SetAsync("bob", _desk, [Paid], Ann, default), Is.False);
        Assert.That(await _store.SetAsync("bob", _desk, [Paid], entry, default), Is.False, "nor past the first look");
        foreach (var id in new[] { _studio, key, "nosuch" })
        {
            Assert.That(await SetAsync(id, Paid), Is.False, id);
            Assert.That(await _store.SetAsync("ann", id, [Paid], entry, default), Is.False, id);
        }

        Assert.That((await _store.ListAsync("ann", default)).Count + (await _store.ListAsync("bob", default)).Count, Is.Zero);
        Assert.That(await _rig.ActionsAsync(), Is.EqualTo(before));
        Assert.That(await _rig.ActionsAsync("bob"), Is.Empty);
    }

    [TestCase("claude", -1, "reserve_percent")]
    [TestCase("claude", 101, "reserve_percent")]
    [TestCase("echo", 0, "provider")]
    [TestCase("", 0, "provider")]
    public async Task Set_WhatCannotBe_IsRefusedWhole(string provider, int reserve, string field)
    {
        var refused = Assert.ThrowsAsync<RefusedChangeException>(
            () => SetAsync(_desk, Kept, new MachineRule { Provider = provider, ReservePercent = reserve }));

        Assert.That(refused!.Problems.Single().Field, Is.EqualTo(field));
        Assert.That(await _store.ListAsync("ann", default), Is.Empty);
    }

    [Test]
    public async Task Changed_EachTimeItIsSet_TellsAllOfTheMachinesRules()
    {
        var told = new List<ChangedRules>();
        _rig.Rules.Changed += told.Add;

        await SetAsync(_desk, Paid);
        await SetAsync(_desk, Kept);
        await SetAsync(_desk, Kept);
        await _rig.Rules.SetAsync("bob", _desk, [Paid], Ann, default);

        Assert.That(told.Select(one => (one.AccountId, one.MachineId)), Is.All.EqualTo(("ann", _desk)).And.Exactly(3).Items);
        Assert.That(told[0].Rules, Is.EqualTo(new[] { Paid, Rule("codex"), Rule("gemini") }));
        Assert.That(told[1].Rules, Is.EqualTo(new[] { Paid, Kept, Rule("gemini") }));
        Assert.That(told[2].Rules, Is.EqualTo(told[1].Rules), "who saves again is heard again");
    }

    [Test]
    public async Task Changed_TwentyAtOnce_EndsWithWhatIsKept()
    {
        ChangedRules? last = null;
        _rig.Rules.Changed += changed => last = changed;

        await Task.WhenAll(Enumerable.Range(1, 20).Select(percent =>
            Task.Run(() => SetAsync(_desk, Kept with { ReservePercent = percent, Provider = percent % 2 == 0 ? "claude" : "codex" }))));

        Assert.That(last!.Rules, Is.EqualTo(await ListAsync(_desk)));
        Assert.That((await _store.ListAsync("ann", _desk, default)).Select(rule => rule.Provider), Is.EqualTo(new[] { "claude", "codex" }));
    }

    private static MachineRule Rule(string provider) => new() { Provider = provider };

    private Task<bool> SetAsync(string machine, params MachineRule[] rules) => _rig.Rules.SetAsync("ann", machine, rules, Ann, default);

    private Task<IReadOnlyList<MachineRule>> ListAsync(string machine) => _rig.Rules.ListAsync("ann", machine, default);
}
