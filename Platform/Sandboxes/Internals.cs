using System.Runtime.CompilerServices;

// The suites probe sandboxes with programs other than Keeper, and the parsers directly.
[assembly: InternalsVisibleTo("Squad.Platform.Tests")]
