/** How an adapter reads stamps. */
export interface StampOptions {
  /**
   * IANA name of the zone that the gateway's host kept its clock in, such as `Europe/Berlin`. Stamps without zone then
   * give `at`; an hour that came twice is taken to be the earlier. Without it they give none.
   */
  readonly timeZone?: string
}
