namespace Polydev.Broker.Pages.Parts;

/// <summary>How a <see cref="When"/> is worded.</summary>
public enum WhenStyle
{
    /// <summary>Relative up to an hour, then by the day.</summary>
    Past,

    /// <summary>Absolute: a reset.</summary>
    Future,

    /// <summary>Absolute, and gone: since when.</summary>
    Since,

    /// <summary>Absolute, in a narrow place: a reset within days.</summary>
    Short,

    /// <summary>To the second.</summary>
    Clock,

    /// <summary>To the second, and by the day where that is not today.</summary>
    Moment,
}
