namespace Polydev.Broker.Pages.Devices;

/// <summary>Where the machine asks from, seen from the browser that decides.</summary>
public enum MachinePlace
{
    /// <summary>Behind a proxy that does not say.</summary>
    Unknown,

    Here,
    Elsewhere,
}
