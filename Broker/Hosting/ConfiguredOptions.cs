using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Polydev.Broker.Hosting;

/// <summary>Reads a section of the configuration, and looks at what it holds before anything runs by it.</summary>
internal static class ConfiguredOptions
{
    /// <param name="parts">What bears the rules (<see cref="RangeAttribute"/> and its like): the options, or what they are made of.</param>
    /// <exception cref="OptionsValidationException">Names each value that is none, with what it may be.</exception>
    public static TOptions Read<TOptions>(IConfiguration configuration, string section, Func<TOptions, object[]> parts)
        where TOptions : new()
    {
        var problems = new List<ValidationResult>();
        var options = new TOptions();
        try
        {
            options = configuration.GetSection(section).Get<TOptions>() ?? options;
            foreach (var part in parts(options))
            {
                Validator.TryValidateObject(part, new ValidationContext(part), problems, validateAllProperties: true);
            }
        }
        catch (InvalidOperationException e)
        {
            // The binder's way to say that a text is no number; it names the value.
            problems.Add(new ValidationResult(e.Message));
        }

        return problems.Count == 0
            ? options
            : throw new OptionsValidationException(section, typeof(TOptions), problems.Select(problem => $"{section}: {problem}"));
    }
}
