using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Charts;

namespace Polydev.Broker.Pages.Calls;

/// <summary>A call as a page shows it, with the names that its people know.</summary>
/// <param name="Key">The name of its key.</param>
/// <param name="Machine">The name of its machine; empty where it found none.</param>
/// <param name="IsRunning">It has not ended: its duration is that so far.</param>
public sealed record CallView(RecordedCall Call, string Key, string Machine, bool IsRunning = false)
{
    public bool IsFailed => !IsRunning && Call.IsFailed;
}

/// <summary>What keys and machines are called today. One that has gone keeps the name that its calls tell.</summary>
internal sealed class CallNames(IEnumerable<ApiKey> keys, IEnumerable<Machine> machines)
{
    private readonly Dictionary<string, string> _keys = keys.ToDictionary(key => key.Id, key => key.Name);
    private readonly Dictionary<string, string> _machines = machines.ToDictionary(machine => machine.Id, machine => machine.Name);

    public CallView ViewOf(RecordedCall call) => new(call, KeyOf(call.KeyId), _machines.GetValueOrDefault(call.MachineId, call.Machine));

    /// <summary>Of a call that has not ended.</summary>
    public CallView RunningOf(RecordedCall call) => ViewOf(call) with { IsRunning = true };

    public string KeyOf(string id) => _keys.GetValueOrDefault(id, id);

    /// <summary>For <see cref="LastDay"/>.</summary>
    public ChartedCall ChartOf(RecordedCall call) => new(
        call.BeganAt,
        call.Provider,
        $"{(call.Model.Length > 0 ? call.Model : "no model")} · {KeyOf(call.KeyId)}",
        call.FirstTokenMilliseconds,
        call.IsFailed ? CallWords.ResultOf(ViewOf(call)).Text : null);
}
