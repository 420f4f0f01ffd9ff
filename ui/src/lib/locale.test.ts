import { describe, expect, it } from 'vitest';
import { clockTime, firstWeekday, hourCycle, weekdayName, weekdays } from './locale';

describe('the person’s locale', () => {
  it('says whether the clock has 12 or 24 hours', () => {
    expect(['en-US', 'en-GB', 'de-DE', 'en-AU', 'fr'].map((one) => hourCycle(one))).toEqual([
      'h12',
      'h23',
      'h23',
      'h12',
      'h23',
    ]);
    expect(hourCycle('no locale at all')).toBe('h23');
  });
  it('says on which day a week begins', () => {
    expect(['en-US', 'en-GB', 'de-DE', 'ar-EG', 'pt-BR'].map((one) => firstWeekday(one))).toEqual([
      7, 1, 1, 6, 7,
    ]);
    expect(firstWeekday('no locale at all')).toBe(1);
    expect(weekdays(7)).toEqual([7, 1, 2, 3, 4, 5, 6]);
    expect(
      weekdays(1)
        .map((day) => weekdayName(day, 'short'))
        .join(' '),
    ).toBe('Mon Tue Wed Thu Fri Sat Sun');
    expect(weekdayName(7)).toBe('Sunday');
  });
  it('has times of the day as its clock does', () => {
    expect(['18:30', '07:00', '00:00', '24:00', 'noon'].map((time) => clockTime(time, 'h12'))).toEqual([
      '6:30 pm',
      '7:00 am',
      '12:00 am',
      '12:00 am',
      'noon',
    ]);
    expect(clockTime('07:00', 'h23')).toBe('07:00');
  });
});
